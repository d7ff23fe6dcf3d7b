// What the agent remembers of its tasks across restarts: one file per task, replaced by rename.
//
// Files are not synced. What is written survives the end of the process, which is what must not lose a
// task; a power cut may lose the newest states, and then nothing ran on that the engine, its labels and
// the manager's next assignments cannot tell. A torn file is found by its checksum and set aside.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoredTask } from "../../core/agent/worker.ts";
import type { Logger } from "../log.ts";
import { type DecodedRecord, decodeJournalRecord, encodeJournalRecord } from "./journal-record.ts";

/** Files written at a time. */
const writesInFlightMax = 4;

const recordSuffix = ".pb";
const temporarySuffix = ".tmp";
const corruptSuffix = ".corrupt";

/** Ids come from a manager and become file names. */
const fileNamePattern = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,127}$/;

export class Journal {
  readonly #directory: string;
  readonly #log: Logger;
  /** Newest state per task that is not on disk yet; undefined means the file has to go. */
  readonly #dirty: Map<string, StoredTask | undefined> = new Map();
  readonly #writing: Map<string, Promise<void>> = new Map();

  private constructor(directory: string, log: Logger) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Uses `directory`, made if need be; the file system's error says what is wrong with it. */
  static async open(directory: string, log: Logger): Promise<Journal> {
    // Tasks carry registry credentials and environment: for the owner only.
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new Journal(directory, log);
  }

  /** All tasks, ordered by id. Files that cannot be read are set aside with a message, never lost. */
  async load(): Promise<readonly StoredTask[]> {
    const tasks: StoredTask[] = [];
    for (const name of (await readdir(this.#directory)).sort()) {
      const path = join(this.#directory, name);
      if (name.endsWith(temporarySuffix)) await rm(path, { force: true });
      if (!name.endsWith(recordSuffix)) continue;
      const stored = await this.#loadFile(path);
      if (stored !== undefined) tasks.push(stored);
    }
    return tasks;
  }

  /** Writes soon; of several states of one task that come quickly, only the last one. */
  put(stored: StoredTask): void {
    this.#change(stored.task.id, stored);
  }

  /** Forgets a task. */
  delete(taskId: string): void {
    this.#change(taskId, undefined);
  }

  /** Resolves when all that was put or deleted so far is with the operating system. */
  async flush(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values());
  }

  async #loadFile(path: string): Promise<StoredTask | undefined> {
    const record = await readRecord(path);
    if (record.ok) return record.stored;
    const aside = `${path}${corruptSuffix}`;
    const result = await rename(path, aside).then(
      () => `It was set aside as ${aside}`,
      (error: Error) => `It could not be set aside (${error.message})`,
    );
    this.#log.error(
      `task record ${path} cannot be used: ${record.reason}. ${result}; the task is taken up ` +
        "again when a manager assigns it, and what is there may be deleted then",
    );
    return undefined;
  }

  #change(taskId: string, stored: StoredTask | undefined): void {
    if (!fileNamePattern.test(taskId)) {
      this.#log.warn("a task is not remembered across restarts: its id makes no file name", {
        taskId,
      });
      return;
    }
    this.#dirty.delete(taskId);
    this.#dirty.set(taskId, stored);
    this.#writeNext();
  }

  #writeNext(): void {
    for (const [taskId, stored] of this.#dirty) {
      if (this.#writing.size >= writesInFlightMax) return;
      if (this.#writing.has(taskId)) continue;
      this.#dirty.delete(taskId);
      const written = this.#write(taskId, stored).finally(() => {
        this.#writing.delete(taskId);
        this.#writeNext();
      });
      this.#writing.set(taskId, written);
    }
  }

  async #write(taskId: string, stored: StoredTask | undefined): Promise<void> {
    const path = join(this.#directory, `${taskId}${recordSuffix}`);
    try {
      if (stored === undefined) {
        await rm(path, { force: true });
        return;
      }
      await replace(path, encodeJournalRecord(stored));
    } catch (error) {
      // The task runs on; without its record a restart only has to wait for the manager.
      this.#log.error(`task record ${path} cannot be written: check the disk`, { error });
    }
  }
}

/** A file that cannot be read is no reason not to take up all the other tasks. */
async function readRecord(path: string): Promise<DecodedRecord> {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (error) {
    return { ok: false, reason: (error as NodeJS.ErrnoException).message };
  }
  return decodeJournalRecord(content);
}

async function replace(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}${temporarySuffix}`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    // What was written of it takes room on a disk that is full, perhaps; the next start removes it too.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
