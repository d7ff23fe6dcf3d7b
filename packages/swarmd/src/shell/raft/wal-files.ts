/**
 * The few file operations that the log and the snapshots need, as a port: tests run the same code on
 * files that fail on purpose. All paths are absolute.
 */
import { constants, type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { syncDirectory } from "../state-dir/atomic-file.ts";

/** An open file. Every method may reject with the system's error. */
export interface WalFile {
  /** Length in bytes. */
  size(): Promise<number>;
  /** Fills `into` from `offset`; returns fewer bytes only at the file's end. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** Writes all of `bytes`, or rejects with an unknown part of them written. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Makes written data durable, and the length when it is needed to read them. */
  datasync(): Promise<void>;
  /** Shortens the file, or lengthens it by zeros that take no space yet. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** A file system. */
export interface WalFiles {
  /** File names in `directory`, sorted; none when it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** Opens for reading and writing; `create` makes an empty file, also where one was. */
  open(path: string, options: { readonly create: boolean }): Promise<WalFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all in it; nothing when there is none. */
  remove(path: string): Promise<void>;
  /** Creates a directory, for this user only, and those above it. */
  makeDirectory(path: string): Promise<void>;
  /** Makes names created, renamed and removed in `directory` durable. */
  syncDirectory(directory: string): Promise<void>;
}

/** The machine's files. */
export const systemWalFiles: WalFiles = {
  list: listDirectory,
  open: openFile,
  rename,
  remove: (path) => rm(path, { force: true, recursive: true }),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  syncDirectory,
};

async function listDirectory(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function openFile(path: string, options: { readonly create: boolean }): Promise<WalFile> {
  const creation = options.create ? constants.O_CREAT | constants.O_TRUNC : 0;
  const handle = await open(path, constants.O_RDWR | creation, 0o600);
  return {
    size: async () => (await handle.stat()).size,
    read: (into, offset) => readFully(handle, into, offset),
    write: (bytes, offset) => writeFully(handle, bytes, offset),
    datasync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

async function readFully(handle: FileHandle, into: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const rest = bytes.length - done;
    const { bytesWritten } = await handle.write(bytes, done, rest, offset + done);
    // A full disk may take a part of the bytes without an error; the next attempt then names it.
    done += bytesWritten;
  }
}
