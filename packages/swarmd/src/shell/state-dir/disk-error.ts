import { SwarmdError } from "../errors.ts";

/** Turns a failed file operation into a coded error; a coded one passes unchanged. */
export function toDiskError(cause: unknown, operation: string, path: string): SwarmdError {
  if (cause instanceof SwarmdError) return cause;
  const { code = "unknown", message } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SwarmdError(
      "disk-full",
      `cannot ${operation} ${path}: no space is left on the disk; free some and start again, ` +
        "nothing that was acknowledged is lost",
      { cause },
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new SwarmdError(
      "state-dir-unwritable",
      `cannot ${operation} ${path}: ${message}; give the user that runs swarmd write permission`,
      { cause },
    );
  }
  return new SwarmdError(
    "disk-failed",
    `cannot ${operation} ${path}: ${message}; check the disk and the kernel's log, then start again`,
    { cause },
  );
}
