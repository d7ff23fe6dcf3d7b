import { mkdir, open, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SwarmdError } from "../errors.ts";
import { syncDirectory } from "./atomic-file.ts";
import { toDiskError } from "./disk-error.ts";
import { type DirectoryLock, lockDirectory } from "./state-dir-lock.ts";
import { type StatePaths, statePaths } from "./state-paths.ts";

/** A state directory that belongs to this process. */
export interface StateDir {
  readonly paths: StatePaths;
  /** Gives the directory up; nothing in it may be used any more. */
  close(): Promise<void>;
}

/**
 * Creates the directory if need be, for this user only, makes sure that it can be written, and locks it.
 * Rejects with `state-dir-unwritable`, `state-dir-locked`, `disk-full` or `disk-failed`.
 */
export async function openStateDir(directory: string): Promise<StateDir> {
  const paths = statePaths(resolve(directory));
  try {
    for (const path of [paths.root, paths.certificates, paths.raft, paths.worker]) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }
    await probe(paths.root);
    await syncDirectory(paths.root);
    await syncDirectory(dirname(paths.root));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EEXIST", "ENOTDIR"].includes(code)) {
      const why = "there is a file where a directory is needed; choose another --state-dir";
      const message = `cannot use the state directory ${paths.root}: ${why}`;
      throw new SwarmdError("state-dir-unwritable", message, { cause: error });
    }
    throw toDiskError(error, "use the state directory", paths.root);
  }
  const lock: DirectoryLock = await lockDirectory(paths.root);
  return { paths, close: () => lock.release() };
}

/** Learns by trying: permission bits say little about mounts, users and quotas. */
async function probe(directory: string): Promise<void> {
  const path = join(directory, `.tmp-probe-${process.pid}`);
  const handle = await open(path, "w", 0o600);
  await handle.close();
  await unlink(path);
}
