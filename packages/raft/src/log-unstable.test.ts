import { expect, test } from "vitest";
import type { Entry } from "./entry.ts";
import { UnstableLog } from "./log-unstable.ts";

test("an entry is handed out once, and forgotten once it is saved", () => {
  const unstable = unstableOf(5, [1, 1]);
  expect(indexesOf(unstable.nextEntries())).toEqual([5, 6]);
  unstable.acceptInProgress();
  unstable.truncateAndAppend([anEntry(7, 1)]);
  expect(indexesOf(unstable.nextEntries())).toEqual([7]);
  unstable.stableTo(6, 1);
  expect(indexesOf(unstable.entries)).toEqual([7]);
  expect(unstable.offset).toBe(7);
});

test("entries that a new leader replaces while they are being saved are handed out again", () => {
  const unstable = unstableOf(5, [1, 1, 1]);
  unstable.acceptInProgress();
  unstable.truncateAndAppend([anEntry(6, 2)]);
  expect(indexesOf(unstable.nextEntries())).toEqual([6]);
  // The confirmation is about 1/7, which is no longer part of the log.
  unstable.stableTo(7, 1);
  expect(indexesOf(unstable.entries)).toEqual([5, 6]);
  unstable.acceptInProgress();
  unstable.stableTo(6, 2);
  expect(unstable.entries).toEqual([]);
});

test("a confirmation of an entry that was replaced at the same index does not count", () => {
  const unstable = unstableOf(5, [1]);
  unstable.acceptInProgress();
  unstable.truncateAndAppend([anEntry(5, 2)]);
  unstable.stableTo(5, 1);
  expect(indexesOf(unstable.nextEntries())).toEqual([5]);
});

test("replacing saved entries takes the unsaved part back to before them", () => {
  const unstable = unstableOf(5, [1, 1]);
  unstable.truncateAndAppend([anEntry(3, 2)]);
  expect(unstable.offset).toBe(3);
  expect(indexesOf(unstable.nextEntries())).toEqual([3]);
});

test("a snapshot replaces everything unsaved, and a newer one survives the older one's saving", () => {
  const unstable = unstableOf(5, [1]);
  unstable.restore(aSnapshot(8));
  unstable.acceptInProgress();
  expect([unstable.lastIndex(), unstable.term(8), unstable.offset]).toEqual([8, 2, 9]);
  expect(unstable.nextSnapshot()).toBeUndefined();
  unstable.restore(aSnapshot(9));
  unstable.stableSnapshotTo(8);
  expect(unstable.nextSnapshot()).toEqual(aSnapshot(9));
});

function unstableOf(offset: number, terms: readonly number[]): UnstableLog {
  const unstable = new UnstableLog(offset);
  unstable.truncateAndAppend(terms.map((term, position) => anEntry(offset + position, term)));
  return unstable;
}

function indexesOf(entries: readonly Entry[]): readonly number[] {
  return entries.map((entry) => entry.index);
}

function anEntry(index: number, term: number): Entry {
  return { index, term, type: "normal", data: new Uint8Array() };
}

function aSnapshot(index: number) {
  const metadata = { index, term: 2, confState: { voters: ["1"] } };
  return { metadata, data: new Uint8Array() };
}
