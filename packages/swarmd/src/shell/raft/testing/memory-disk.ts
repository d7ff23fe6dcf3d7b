// A disk in memory that loses what was not made durable, and fails where it is told to.
import { basename, dirname } from "node:path";
import type { WalFile, WalFiles } from "../wal-files.ts";

/** The operations that a test can let fail. */
export type DiskOperation =
  | "list"
  | "open"
  | "read"
  | "write"
  | "datasync"
  | "truncate"
  | "rename"
  | "remove"
  | "make-directory"
  | "sync-directory";

/** Decides before each operation: an error to fail with, or undefined to go on. */
export type DiskFault = (operation: DiskOperation, path: string) => Error | undefined;

/** What disks write at once. */
const sectorBytes = 512;

interface StoredFile {
  /** As the running process sees it. */
  current: Uint8Array;
  /** As it is after a loss of power, at least. */
  durable: Uint8Array;
}

type Names = Map<string, StoredFile>;

/** Implements the port; directories exist by being named. */
export class MemoryDisk implements WalFiles {
  /** Asked before every operation. */
  fault: DiskFault = () => undefined;
  private names: Names = new Map();
  private durableNames: Names = new Map();
  /** Set while a write takes only a part of the bytes; see failWriteAfter. */
  private writeBytesLeft: number | undefined;

  /** The next write takes this many bytes and then fails with `error`. */
  failWriteAfter(bytes: number, error: Error): void {
    this.writeBytesLeft = bytes;
    this.fault = (operation) => {
      return operation === "write" && this.writeBytesLeft === undefined ? error : undefined;
    };
  }

  /** The file's bytes as they are now. */
  bytes(path: string): Uint8Array {
    return this.file(path).current;
  }

  /** Puts a file there, durably. */
  put(path: string, bytes: Uint8Array): void {
    const file = { current: bytes.slice(), durable: bytes.slice() };
    this.names.set(path, file);
    this.durableNames.set(path, file);
  }

  /** A copy in which everything is durable: what a killed process leaves. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [path, file] of this.names) disk.put(path, file.current);
    return disk;
  }

  /**
   * What a loss of power may leave: of every sector and every name that was not made durable, by chance
   * the old or the new one.
   */
  copyAfterPowerLoss(prng: () => number): MemoryDisk {
    const disk = new MemoryDisk();
    const areNamesNew = prng() < 0.5;
    for (const [path, file] of areNamesNew ? this.names : this.durableNames) {
      disk.put(path, mixSectors(file, prng));
    }
    return disk;
  }

  async list(directory: string): Promise<readonly string[]> {
    this.check("list", directory);
    const paths = [...this.names.keys()].filter((path) => path.startsWith(`${directory}/`));
    return paths
      .filter((path) => dirname(path) === directory)
      .map((path) => basename(path))
      .sort();
  }

  async open(path: string, options: { readonly create: boolean }): Promise<WalFile> {
    this.check("open", path);
    if (options.create) {
      const empty = { current: new Uint8Array(), durable: new Uint8Array() };
      this.names.set(path, empty);
    }
    return this.openStored(path, this.file(path));
  }

  async rename(from: string, to: string): Promise<void> {
    this.check("rename", from);
    for (const [path, file] of [...this.names]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.names.delete(path);
      this.names.set(to + path.slice(from.length), file);
    }
  }

  async remove(path: string): Promise<void> {
    this.check("remove", path);
    for (const known of [...this.names.keys()]) {
      if (known === path || known.startsWith(`${path}/`)) this.names.delete(known);
    }
  }

  async makeDirectory(path: string): Promise<void> {
    this.check("make-directory", path);
  }

  async syncDirectory(directory: string): Promise<void> {
    this.check("sync-directory", directory);
    // Coarser than a real disk: all names become durable at once.
    this.durableNames = new Map(this.names);
  }

  private openStored(path: string, file: StoredFile): WalFile {
    return {
      size: async () => file.current.length,
      read: async (into, offset) => {
        this.check("read", path);
        const part = file.current.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      write: async (bytes, offset) => {
        this.check("write", path);
        const accepted = bytes.subarray(0, this.writeBytesLeft ?? bytes.length);
        if (offset + accepted.length > file.current.length) {
          file.current = resize(file.current, offset + accepted.length);
        }
        file.current.set(accepted, offset);
        if (this.writeBytesLeft === undefined) return;
        this.writeBytesLeft = undefined;
        this.check("write", path);
      },
      datasync: async () => {
        this.check("datasync", path);
        file.durable = file.current.slice();
      },
      truncate: async (length) => {
        this.check("truncate", path);
        file.current = resize(file.current, length);
      },
      close: async () => undefined,
    };
  }

  private file(path: string): StoredFile {
    const file = this.names.get(path);
    if (file !== undefined) return file;
    throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
  }

  private check(operation: DiskOperation, path: string): void {
    const error = this.fault(operation, path);
    if (error !== undefined) throw error;
  }
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}

function resize(bytes: Uint8Array, length: number): Uint8Array {
  const resized = new Uint8Array(length);
  resized.set(bytes.subarray(0, length));
  return resized;
}

function mixSectors(file: StoredFile, prng: () => number): Uint8Array {
  const base = prng() < 0.5 ? file.current : file.durable;
  const mixed = base.slice();
  for (let offset = 0; offset < mixed.length; offset += sectorBytes) {
    const source = prng() < 0.5 ? file.current : file.durable;
    const sector = source.subarray(offset, Math.min(offset + sectorBytes, mixed.length));
    mixed.fill(0, offset, Math.min(offset + sectorBytes, mixed.length));
    mixed.set(sector, offset);
  }
  return mixed;
}
