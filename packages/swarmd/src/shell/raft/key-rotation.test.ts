import { expect, test } from "vitest";
import { KeyRotation } from "./key-rotation.ts";

const begun = (lastIndex: number, snapshotIndex: number): KeyRotation => {
  const rotation = new KeyRotation();
  rotation.begin({ lastIndex, snapshotIndex });
  return rotation;
};

test("a snapshot under the new key that covers the log ends a rotation", () => {
  const rotation = begun(20, 10);
  expect(rotation.isSnapshotNeeded(19, 10)).toBe(false);
  expect(rotation.isSnapshotNeeded(20, 10)).toBe(true);
  expect(rotation.isEndedBy(19, true)).toBe(false);
  expect(rotation.isEndedBy(20, true)).toBe(true);
  rotation.end();
  expect([rotation.isUnderWay, rotation.isSnapshotNeeded(30, 20)]).toEqual([false, false]);
});

test("the snapshot must be newer than the one that was there", () => {
  const rotation = begun(20, 20);
  expect(rotation.isSnapshotNeeded(20, 20)).toBe(false);
  expect(rotation.isSnapshotNeeded(21, 20)).toBe(true);
  expect(rotation.isEndedBy(21, true)).toBe(true);
});

test("a snapshot that was under way under the old key ends nothing, and one more is needed", () => {
  const rotation = begun(20, 10);
  expect(rotation.isEndedBy(20, false)).toBe(false);
  expect(rotation.isSnapshotNeeded(20, 20)).toBe(false);
  expect(rotation.isSnapshotNeeded(21, 20)).toBe(true);
  expect(rotation.isEndedBy(21, true)).toBe(true);
});

test("an attempt that failed is not repeated with every entry", () => {
  const rotation = begun(20, 10);
  expect(rotation.isSnapshotNeeded(21, 21)).toBe(false);
  expect(rotation.isEndedBy(30, true)).toBe(true);
});

test("without a rotation no snapshot is needed, and two at once are a defect", () => {
  const rotation = new KeyRotation();
  expect([rotation.isSnapshotNeeded(9, 0), rotation.isEndedBy(9, true)]).toEqual([false, false]);
  rotation.begin({ lastIndex: 1, snapshotIndex: 0 });
  expect(() => rotation.begin({ lastIndex: 1, snapshotIndex: 0 })).toThrow("under way");
});
