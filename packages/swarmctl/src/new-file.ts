import { CliError } from "./errors.ts";

/** A file that is not there for others until it is whole. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Puts it in its place, durably. */
  commit(): Promise<void>;
  /** Leaves nothing behind; does nothing after a commit. */
  discard(): Promise<void>;
}

/**
 * Begins a file that only its owner may read. Throws CliError when one is there already and is not to be
 * replaced, or when none can be made; so do the file's methods.
 */
export type CreateFile = (
  path: string,
  options: { readonly replaces: boolean },
) => Promise<NewFile>;

/** The error for a path that is taken. */
export function alreadyThere(path: string): CliError {
  return new CliError("conflict", {
    what: `cannot write ${path}`,
    why: "a file is there already",
    remedy: "name another one, or replace it with --force",
  });
}
