import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The file that a shell would run for `program`, or undefined. */
export function findExecutable(program: string, searchPath: string): string | undefined {
  if (program.includes("/")) return isExecutable(program) ? program : undefined;
  return searchPath
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find(isExecutable);
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
