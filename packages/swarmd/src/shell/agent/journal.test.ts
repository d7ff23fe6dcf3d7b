import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoredTask } from "../../core/agent/worker.ts";
import { aTask } from "../../testing/builders.ts";
import { type Logger, silentLogger } from "../log.ts";
import { Journal } from "./journal.ts";
import { encodeJournalRecord } from "./journal-record.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function aStored(id: string, isAssigned = true): StoredTask {
  return { task: aTask({ id, status: { state: "RUNNING", err: "again" } }), isAssigned };
}

/** A logger that keeps the errors. */
function errorsOf(errors: string[]): Logger {
  return { ...silentLogger, error: (message) => errors.push(message) };
}

describe("the journal", () => {
  test("gives back after a restart what was put, in the order of ids", async () => {
    const journal = await Journal.open(directory, silentLogger);
    journal.put(aStored("b"));
    journal.put(aStored("a", false));
    await journal.flush();
    const again = await Journal.open(directory, silentLogger);
    expect(await again.load()).toEqual([aStored("a", false), aStored("b")]);
  });

  test("keeps the last of many states put in a row, and no temporary file", async () => {
    const journal = await Journal.open(directory, silentLogger);
    for (let slot = 0; slot < 50; slot += 1) {
      journal.put({ task: aTask({ id: "a", slot }), isAssigned: true });
    }
    await journal.flush();
    expect((await journal.load())[0]?.task.slot).toBe(49);
    expect(readdirSync(directory)).toEqual(["a.pb"]);
  });

  test("forgets a task whose deletion comes right after it was put", async () => {
    const journal = await Journal.open(directory, silentLogger);
    journal.put(aStored("a"));
    journal.delete("a");
    await journal.flush();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("ignores and clears what a crash in mid-write left", async () => {
    const record = encodeJournalRecord(aStored("a"));
    writeFileSync(join(directory, "a.pb.tmp"), record.subarray(0, record.length / 2));
    const journal = await Journal.open(directory, silentLogger);
    expect(await journal.load()).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("writes nothing outside its directory, whatever a task's id says", async () => {
    mkdirSync(join(directory, "tasks"));
    const journal = await Journal.open(join(directory, "tasks"), silentLogger);
    journal.put(aStored("../escaped"));
    journal.delete("../tasks");
    await journal.flush();
    expect(readdirSync(directory)).toEqual(["tasks"]);
  });

  test("goes on when the disk does not take a write, and says so", async () => {
    const errors: string[] = [];
    const journal = await Journal.open(join(directory, "tasks"), errorsOf(errors));
    rmSync(join(directory, "tasks"), { recursive: true });
    journal.put(aStored("a"));
    await journal.flush();
    expect(errors).toHaveLength(1);
  });
});

describe("a record that cannot be used", () => {
  test("is set aside when it is damaged anywhere, and the others are loaded", async () => {
    const record = encodeJournalRecord(aStored("a"));
    for (let offset = 0; offset < record.length; offset += 1) {
      // Byte 6 and 7 are reserved, but a change there is damage all the same.
      const damaged = Uint8Array.from(record);
      damaged[offset] = (damaged[offset] ?? 0) ^ 0x10;
      await expectSetAside(damaged);
    }
    for (const length of [0, 1, 11, 12, record.length - 1]) {
      await expectSetAside(record.subarray(0, length));
    }
  });

  test("is set aside when it is whole and no task", async () => {
    const record = Buffer.from(encodeJournalRecord(aStored("a")));
    // A length of 127 bytes, of which not one follows.
    const content = Buffer.concat([record.subarray(0, 12), Buffer.from([0x0a, 0x7f])]);
    content.writeUInt32LE(crc32(content.subarray(12), crc32(content.subarray(4, 8))), 8);
    await expectSetAside(content);
  });

  test("stays when it cannot even be read, and the others are loaded", async () => {
    mkdirSync(join(directory, "a.pb"));
    writeFileSync(join(directory, "b.pb"), encodeJournalRecord(aStored("b")));
    // Where the last one of the kind was put aside, so that this one has to stay.
    writeFileSync(join(directory, "a.pb.corrupt"), "");
    const errors: string[] = [];
    const journal = await Journal.open(directory, errorsOf(errors));
    expect(await journal.load()).toEqual([aStored("b")]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(join(directory, "a.pb"));
  });

  async function expectSetAside(content: Uint8Array): Promise<void> {
    writeFileSync(join(directory, "a.pb"), content);
    writeFileSync(join(directory, "b.pb"), encodeJournalRecord(aStored("b")));
    const errors: string[] = [];
    const journal = await Journal.open(directory, errorsOf(errors));
    expect(await journal.load()).toEqual([aStored("b")]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(join(directory, "a.pb"));
    expect(readFileSync(join(directory, "a.pb.corrupt"))).toEqual(Buffer.from(content));
  }
});
