// What is left behind when work is not finished, or was done elsewhere.

import { basename } from "node:path";
import { expect, test } from "vitest";
import { findLines, listFiles, readFiles, type SourceFile } from "./repository.ts";

interface Leftover {
  readonly pattern: RegExp;
  readonly message: string;
  /** Files that it is looked for in. */
  readonly where: RegExp;
  /** A line that has it. Words are put together here, so that this file has none. */
  readonly planted: string;
}

const handWritten =
  /^(?!.*\/gen\/|pnpm-lock|LICENSE).*(\.(ts|tsx|mjs|proto|md|json|yaml)|Dockerfile)$/;
const code = /\.(ts|tsx|mjs)$/;
const tests = /\.test\.tsx?$/;
const programs = /^packages\/[^/]+\/src\/(?!.*\.test\.tsx?$).*\.tsx?$/;
const written = (...parts: readonly string[]): string => parts.join("");

const leftovers: readonly Leftover[] = [
  {
    pattern: /\bTODO\b(?! ?\(#\d+\))/,
    message: "a to-do names its issue, as in (#12), or does not exist",
    where: handWritten,
    planted: written("// TO", "DO later"),
  },
  {
    pattern: new RegExp(
      `\\b(${written("FIX", "ME")}|${written("XX", "X")}|${written("HA", "CK")})\\b`,
    ),
    message: "mend it, or open an issue",
    where: handWritten,
    planted: written("// FIX", "ME"),
  },
  {
    pattern: /\b(?:test|it|describe)(?:\.\w+)*\.(?:only|skip|todo)\b/,
    message: "every test runs; one that cannot run here says so with runIf",
    where: tests,
    planted: written("test.on", 'ly("x", () => {});'),
  },
  {
    pattern: /\bconsole\.\w+\(/,
    message: "programs log through shell/log.ts or write to a stream that they were given",
    where: programs,
    planted: written("console.", 'log("x");'),
  },
  {
    pattern: /(?<![\w.])\/(?:work|farm|home|root)\//,
    message: "a path of one machine means nothing on another",
    where: handWritten,
    planted: written("see /wo", "rk/main"),
  },
  {
    pattern: /(?<![\w.])\/tmp\//,
    message: "name no place that is gone tomorrow",
    where: /\.md$/,
    planted: written("see /t", "mp/notes"),
  },
  {
    pattern: /\bdebugger\b/,
    message: "take it out",
    where: code,
    planted: written("debug", "ger;"),
  },
  {
    pattern: /\(D\d+\)|\bdesign D\d+|\binterop facts\b/,
    message: "it refers to a page that is not in the repository",
    where: handWritten,
    planted: written("// as it must be (D", "6)"),
  },
];

function find(
  files: readonly SourceFile[],
  { pattern, message, where }: Leftover,
): readonly string[] {
  return files
    .filter(({ path }) => where.test(path))
    .flatMap((file) => findLines(file, pattern, message));
}

/** Pages that sources name and that are not there. */
function findMissingPages(
  files: readonly SourceFile[],
  pages: readonly string[],
): readonly string[] {
  const names = new Set(pages.map((path) => basename(path)));
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/[\w-]+\.md\b/g)]
      .filter(([name]) => !names.has(name))
      .map(([name]) => `${path}: there is no ${name}`),
  );
}

const files = readFiles(handWritten);

test.each(leftovers)("no file has it: $message", (leftover) => {
  expect(find(files, leftover)).toEqual([]);
});

test.each(leftovers)("it is found where it is: $message", (leftover) => {
  const paths = ["packages/x/src/x.ts", "packages/x/src/x.test.ts", "docs/x.md"];
  const path = paths.find((candidate) => leftover.where.test(candidate)) ?? "";
  expect(find([{ path, text: `first\n${leftover.planted}\n` }], leftover)).toEqual([
    `${path}:2: ${leftover.message}`,
  ]);
});

test("sources name no page that is not in the repository", () => {
  const sources = files.filter(({ path }) => !/\.md$|^test\/tidy\//.test(path));
  expect(
    findMissingPages(
      sources,
      listFiles().filter((path) => path.endsWith(".md")),
    ),
  ).toEqual([]);
});

test("a page that is not there is found", () => {
  const file = { path: "x.ts", text: "// See docs/there.md and gone.md, section 3." };
  expect(findMissingPages([file], ["docs/there.md"])).toEqual(["x.ts: there is no gone.md"]);
});
