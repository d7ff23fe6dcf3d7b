// The repository's files as the tidy tests see them: what is written by hand, and what is generated and
// committed; nothing that is installed or built.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file by its path from the top, with its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const passedOver: ReadonlySet<string> = new Set([
  ".git",
  ".tmp",
  ".toolchain",
  "dist",
  "node_modules",
]);

/** Paths of all files below `directory`, in order. */
export function listFiles(directory = "."): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !passedOver.has(name))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? listFiles(path) : [path];
    })
    .sort();
}

/** The files whose paths match, with their texts. */
export function readFiles(pattern: RegExp): readonly SourceFile[] {
  return listFiles()
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** One file's text. */
export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

/** Source text with comments and the content of strings blanked out, line by line as before. */
export function stripCommentsAndStrings(source: string): string {
  const pattern =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return source.replace(pattern, (found) => found.replace(/[^\n]/g, " "));
}

/** Every match in a text as `path:line: message`. */
export function findLines(
  { path, text }: SourceFile,
  pattern: RegExp,
  message: string,
): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? `${path}:${index + 1}: ${message}` : []));
}
