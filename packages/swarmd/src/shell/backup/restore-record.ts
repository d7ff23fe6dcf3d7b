import { join } from "node:path";
import { SwarmdError } from "../errors.ts";
import { atomicWrite, readFileIfAny } from "../state-dir/atomic-file.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";

/** How far the restore into a state directory is. */
export interface RestoreRecord {
  readonly state: "under-way" | "done";
  /** Of the backup's file: SHA-256, hexadecimal. */
  readonly digest: string;
  /** When it was begun, in milliseconds since 1970. */
  readonly atMs: number;
}

const recordMode = 0o600;

/** Reads the record; undefined when nothing was ever restored here. */
export async function readRestoreRecord(paths: StatePaths): Promise<RestoreRecord | undefined> {
  const path = recordPath(paths);
  const bytes = await readFileIfAny(path);
  if (bytes === undefined) return undefined;
  try {
    const record = JSON.parse(Buffer.from(bytes).toString()) as Partial<RestoreRecord>;
    const { atMs, digest, state } = record;
    const isKnown = state === "under-way" || state === "done";
    if (isKnown && typeof digest === "string" && Number.isFinite(atMs)) {
      return { state, digest, atMs: atMs as number };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SwarmdError(
    "restore-refused",
    `${path} is damaged, which tells whether a restore is complete: remove it if swarmd has run ` +
      "on this directory, or else restore into an empty one",
  );
}

/** Replaces the record, durably. */
export async function writeRestoreRecord(paths: StatePaths, record: RestoreRecord): Promise<void> {
  await atomicWrite(recordPath(paths), `${JSON.stringify(record)}\n`, recordMode);
}

function recordPath(paths: StatePaths): string {
  return join(paths.root, "restore.json");
}
