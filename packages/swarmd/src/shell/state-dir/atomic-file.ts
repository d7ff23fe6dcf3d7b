import { chmod, open, readFile, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { toDiskError } from "./disk-error.ts";

/** Tells apart writes of one process; a crash's left-overs are overwritten by the next one's. */
let writeCount = 0;

/**
 * Replaces a file as a whole: after a crash at any moment there is the old content or the new one, and
 * once this resolves it is the new one. `mode` are the file's permission bits, whatever the umask.
 * Rejects with a SwarmdError (`disk-full`, `state-dir-unwritable`, `disk-failed`).
 */
export async function atomicWrite(
  path: string,
  data: Uint8Array | string,
  mode: number,
): Promise<void> {
  const directory = dirname(path);
  // SwarmKit's prefix for such files, which its programs know to pass over.
  const temporary = join(directory, `.tmp-${basename(path)}-${writeCount}`);
  writeCount += 1;
  try {
    await writeDurably(temporary, data, mode);
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    // Best effort: the first failure is what is told, and a left-over does no harm.
    await unlink(temporary).catch(() => undefined);
    throw toDiskError(error, "write", path);
  }
}

/** The file's bytes, or undefined when there is no such file. */
export async function readFileIfAny(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw toDiskError(error, "read", path);
  }
}

/** Makes names created, renamed and removed in `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, data: Uint8Array | string, mode: number): Promise<void> {
  const handle = await open(path, "w", mode);
  try {
    await chmod(path, mode);
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
