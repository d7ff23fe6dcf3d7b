/**
 * One process per state directory. Node offers no file locks, so:
 *  - The `flock` program (util-linux, BusyBox) takes the lock on a descriptor that it inherits and exits;
 *    the lock belongs to the open directory, which stays with this process. The kernel releases it when
 *    the process ends in whatever way, and it also holds between containers that share the directory.
 *  - Without that program, or on a file system without such locks, a socket in Linux' abstract name space
 *    stands in, named by the directory's device and inode. It goes with the process as well, but only
 *    processes of the same network namespace see it.
 * A file with a process id would be neither: ids are used again, and differ between containers.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { SwarmdError } from "../errors.ts";
import { toDiskError } from "./disk-error.ts";

/** A lock that is held until it is released or the process ends. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/** Locks `directory`. Rejects with `state-dir-locked` when another process, or this one, holds it. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const descriptor = openDirectory(directory);
  try {
    const answer = await tryFlock(descriptor);
    if (answer === "locked") throw lockedError(directory);
    if (answer === "taken") return { release: async () => closeSync(descriptor) };
    const { dev, ino } = fstatSync(descriptor);
    const release = await lockByName(directory, `${dev}-${ino}`);
    closeSync(descriptor);
    return { release };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A plain descriptor: a FileHandle that nobody refers to is closed, and the lock with it. */
function openDirectory(directory: string): number {
  try {
    return openSync(directory, "r");
  } catch (error) {
    throw toDiskError(error, "open", directory);
  }
}

async function tryFlock(descriptor: number): Promise<"taken" | "locked" | "unsupported"> {
  const child = spawn("flock", ["-x", "-n", "3"], {
    stdio: ["ignore", "ignore", "ignore", descriptor],
  });
  try {
    const [status] = (await once(child, "close")) as [number | null];
    if (status === 0) return "taken";
    return status === 1 ? "locked" : "unsupported";
  } catch {
    // The program is not there.
    return "unsupported";
  }
}

async function lockByName(directory: string, name: string): Promise<() => Promise<void>> {
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0swarmd-state-${name}`);
  try {
    await once(server, "listening");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") throw lockedError(directory, cause);
    throw toDiskError(cause, "lock", directory);
  }
  // The lock alone shall not keep the process alive.
  server.unref();
  return async () => {
    server.close();
    await once(server, "close");
  };
}

function lockedError(directory: string, cause?: unknown): SwarmdError {
  return new SwarmdError(
    "state-dir-locked",
    `the state directory ${directory} is in use by another swarmd: stop that one, ` +
      "or start this one with another --state-dir",
    { cause },
  );
}
