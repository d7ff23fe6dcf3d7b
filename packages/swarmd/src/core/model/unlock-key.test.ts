import type { Cluster } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aCluster } from "../../testing/builders.ts";
import {
  decideKeyUpdate,
  formatUnlockKey,
  managerKeySubsystem,
  parseUnlockKey,
  unlockKeyOf,
} from "./unlock-key.ts";

const key = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
const otherKey = new Uint8Array(32).fill(1);
// By Go's base64.RawStdEncoding.
const text = "SWMKEY-1-AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg";

const lockedBy = (unlockKey: Uint8Array | undefined, index: number): Cluster => {
  const entry = { algorithm: "AES_128_GCM", lamportTime: "0" } as const;
  const gossip = { ...entry, subsystem: "networking:gossip", key: otherKey };
  const own = unlockKey && { ...entry, subsystem: managerKeySubsystem, key: unlockKey };
  const cluster = aCluster({ unlockKeys: own === undefined ? [gossip] : [gossip, own] });
  return { ...cluster, meta: { ...cluster.meta, version: { index } } };
};

describe("the text of an unlock key", () => {
  test("is SwarmKit's, and is read back", () => {
    expect(formatUnlockKey(key)).toBe(text);
    expect(parseUnlockKey(text)).toEqual(key);
    const full = new Uint8Array(32).fill(0xff);
    expect(parseUnlockKey(formatUnlockKey(full))).toEqual(full);
  });

  test("is the bare prefix when there is no key", () => {
    expect([formatUnlockKey(undefined), formatUnlockKey(new Uint8Array())]).toEqual([
      "SWMKEY-1-",
      "SWMKEY-1-",
    ]);
  });

  test("must be whole", () => {
    const wrong = ["", "SWMKEY-1-", text.slice(0, -1), `${text}A`, `${text}=`, text.toLowerCase()];
    expect(wrong.map(parseUnlockKey)).toEqual(wrong.map(() => undefined));
  });
});

describe("what a manager does about its key when the cluster changes", () => {
  const unlocked = { key: undefined, version: 5 };
  const locked = { key, version: 5 };

  test("finds the managers' key among others", () => {
    expect(unlockKeyOf(lockedBy(key, 7))).toEqual({ key, version: 7 });
    expect(unlockKeyOf(lockedBy(undefined, 7))).toEqual({ key: undefined, version: 7 });
  });

  test("locks, changes the key and unlocks when the cluster is newer", () => {
    expect(decideKeyUpdate(unlocked, lockedBy(key, 6))).toEqual({
      ...{ kind: "rotate", isLocking: true, next: { key, version: 6 } },
    });
    expect(decideKeyUpdate(locked, lockedBy(otherKey, 6))).toEqual({
      ...{ kind: "rotate", isLocking: false, next: { key: otherKey, version: 6 } },
    });
    expect(decideKeyUpdate(locked, lockedBy(undefined, 6))).toEqual({
      ...{ kind: "rotate", isLocking: false, next: { key: undefined, version: 6 } },
    });
  });

  test("keeps the key when it is the same, or when the cluster is older", () => {
    expect(decideKeyUpdate(locked, lockedBy(key, 9))).toEqual({ kind: "keep" });
    expect(decideKeyUpdate(unlocked, lockedBy(undefined, 9))).toEqual({ kind: "keep" });
    expect(decideKeyUpdate(locked, lockedBy(otherKey, 4))).toEqual({ kind: "keep" });
  });

  test("refuses two keys of one version", () => {
    expect(decideKeyUpdate(locked, lockedBy(otherKey, 5))).toEqual({
      ...{ kind: "conflict", version: 5 },
    });
  });
});
