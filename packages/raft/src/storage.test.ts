import { expect, test } from "vitest";
import { type Entry, entryBytes } from "./entry.ts";
import { MemoryStorage } from "./storage.ts";

test("appending replaces every entry from the first new index on (§5.3)", () => {
  const storage = storageOf([anEntry(1, 1), anEntry(2, 1), anEntry(3, 1)]);
  storage.append([anEntry(2, 2)]);
  expect(storage.entries(1, 3, 1_000)).toEqual([anEntry(1, 1), anEntry(2, 2)]);
  expect(storage.lastIndex()).toBe(2);
  expect(storage.term(3)).toBe("unavailable");
});

test("a gap in the log is refused", () => {
  const storage = storageOf([anEntry(1, 1)]);
  expect(() => storage.append([anEntry(3, 1)])).toThrow("leaves a gap");
  expect(() => storage.append([anEntry(2, 1), anEntry(4, 1)])).toThrow("out of order");
});

test("compaction keeps the term of the last forgotten entry, which the next append needs", () => {
  const storage = storageOf([anEntry(1, 1), anEntry(2, 1), anEntry(3, 2)]);
  storage.createSnapshot(2, { voters: ["1"] }, new Uint8Array([7]));
  storage.compact(2);
  expect(storage.firstIndex()).toBe(3);
  expect(storage.term(1)).toBe("compacted");
  expect(storage.term(2)).toBe(1);
  expect(storage.entries(2, 4, 1_000)).toBe("compacted");
  expect(storage.entries(3, 4, 1_000)).toEqual([anEntry(3, 2)]);
  expect(storage.initialState().confState).toEqual({ voters: ["1"] });
});

test("nothing is compacted that no snapshot covers", () => {
  const storage = storageOf([anEntry(1, 1), anEntry(2, 1)]);
  storage.createSnapshot(1, { voters: ["1"] }, new Uint8Array());
  expect(() => storage.compact(2)).toThrow("no snapshot covers");
});

test("an installed snapshot replaces the log, and an older one is refused (§7)", () => {
  const storage = storageOf([anEntry(1, 1), anEntry(2, 1)]);
  const metadata = { index: 5, term: 3, confState: { voters: ["1", "2"] } };
  storage.applySnapshot({ metadata, data: new Uint8Array() });
  expect([storage.firstIndex(), storage.lastIndex(), storage.term(5)]).toEqual([6, 5, 3]);
  expect(() => storage.applySnapshot({ metadata, data: new Uint8Array() })).toThrow("not newer");
  storage.append([anEntry(5, 3), anEntry(6, 3)]);
  expect(storage.entries(6, 7, 1_000)).toEqual([anEntry(6, 3)]);
});

test("a byte limit cuts between entries, and never leaves none", () => {
  const entries = [anEntry(1, 1), anEntry(2, 1), anEntry(3, 1)];
  const storage = storageOf(entries);
  const bytes = entryBytes(new Uint8Array());
  expect(storage.entries(1, 4, 1)).toEqual(entries.slice(0, 1));
  expect(storage.entries(1, 4, 2 * bytes)).toEqual(entries.slice(0, 2));
  expect(storage.entries(1, 4, 3 * bytes - 1)).toEqual(entries.slice(0, 2));
  expect(storage.entries(1, 4, 3 * bytes)).toEqual(entries);
});

function storageOf(entries: readonly Entry[]): MemoryStorage {
  const storage = new MemoryStorage({ voters: ["1"] });
  storage.append(entries);
  return storage;
}

function anEntry(index: number, term: number): Entry {
  return { index, term, type: "normal", data: new Uint8Array() };
}
