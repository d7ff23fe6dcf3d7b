// Sizes that no other tool checks. Biome has those of sources and functions.
import { expect, test } from "vitest";
import { readFiles, type SourceFile, stripCommentsAndStrings } from "./repository.ts";

const testLinesMax = 800;
const transcriptLinesMax = 600;
const indexLinesMax = 80;

function findTooLong(file: SourceFile, linesMax: number): readonly string[] {
  const lines = file.text.trimEnd().split("\n").length;
  if (lines <= linesMax) return [];
  return [`${file.path}: ${lines} lines, at most ${linesMax}: one family of behaviour each`];
}

/** An index gives names and does nothing. */
function findMoreThanNames({ path, text }: SourceFile): readonly string[] {
  const rest = stripCommentsAndStrings(text).replace(
    /export\s+(?:type\s+)?\{[^}]*\}\s+from\s+;|export\s+type\s+\*\s+from\s+;/g,
    "",
  );
  return rest.trim() === "" ? [] : [`${path}: it may only hold "export { names } from"`];
}

const indexes = readFiles(/^packages\/[^/]+\/src\/(.*\/)?index\.ts$/);

test("no test file is longer than its limit", () => {
  const files = readFiles(/\.test\.tsx?$/);
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap((file) => findTooLong(file, testLinesMax))).toEqual([]);
});

test("no transcript is longer than its limit", () => {
  const files = readFiles(/^packages\/[^/]+\/testdata\/.*\.txt$/);
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap((file) => findTooLong(file, transcriptLinesMax))).toEqual([]);
});

test("indexes are short and hold names only", () => {
  expect(indexes.length).toBeGreaterThan(1);
  expect(indexes.flatMap((file) => findTooLong(file, indexLinesMax))).toEqual([]);
  expect(indexes.flatMap(findMoreThanNames)).toEqual([]);
});

test("a file that is too long, and an index that does something, are found", () => {
  expect(findTooLong({ path: "x", text: "a\n".repeat(81) }, indexLinesMax)).toHaveLength(1);
  expect(findTooLong({ path: "x", text: "a\n".repeat(80) }, indexLinesMax)).toEqual([]);
  const names = '// Names.\nexport { a, type B } from "./a.ts";\nexport type * from "./c.ts";\n';
  expect(findMoreThanNames({ path: "x", text: names })).toEqual([]);
  expect(findMoreThanNames({ path: "x", text: 'export * from "./a.ts";' })).toHaveLength(1);
  expect(findMoreThanNames({ path: "x", text: "export const a = 1;" })).toHaveLength(1);
});
