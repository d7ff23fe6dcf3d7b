import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** The file that a shell in `directory` would run for `program`, or undefined. */
export function findExecutable(
  program: string,
  { searchPath, directory }: { readonly searchPath: string; readonly directory: string },
): string | undefined {
  const candidates = program.includes("/")
    ? [program]
    : searchPath.split(delimiter).map((folder) => join(folder, program));
  return candidates.map((path) => resolve(directory, path)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us.
    return false;
  }
}
