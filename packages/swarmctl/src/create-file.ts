import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CliError } from "./errors.ts";
import { alreadyThere, type CreateFile, type NewFile } from "./new-file.ts";

const ownerOnly = 0o600;

/** Makes files on this machine: written beside their place, synced, then moved there. */
export const createFile: CreateFile = async (path, { replaces }) => {
  if (!replaces && existsSync(path)) throw alreadyThere(path);
  const suffix = randomBytes(6).toString("hex");
  const temporary = join(dirname(path), `.${basename(path)}.${suffix}.tmp`);
  const handle = await guard(path, () => open(temporary, "wx", ownerOnly));
  let isOver = false;
  const file: NewFile = {
    write: (bytes) => guard(path, () => handle.writeFile(bytes)),
    commit: () =>
      guard(path, async () => {
        await handle.sync();
        await handle.close();
        isOver = true;
        await (replaces ? rename(temporary, path) : linkOnly(temporary, path));
        await syncDirectory(dirname(path));
      }),
    discard: async () => {
      if (!isOver) {
        isOver = true;
        await handle.close();
      }
      // Gone already after a commit.
      await unlink(temporary).catch(() => undefined);
    },
  };
  return file;
};

/** Puts the file in its place only if none has come there meanwhile. */
async function linkOnly(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Some file systems have no links; looking beforehand is the best that is left.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code ?? "")) throw error;
    if (existsSync(path)) throw alreadyThere(path);
    return await rename(temporary, path);
  }
  await unlink(temporary);
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw alreadyThere(path);
    throw new CliError(
      "failed",
      { what: `cannot write ${path}`, why: message, remedy: "free space, or name another file" },
      { cause: error },
    );
  }
}
