// Documents: links lead somewhere, named paths exist, every page can be reached, sizes keep to their limits.
import { existsSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { findCode, findLinks, withoutFences } from "./markdown.ts";
import { listFiles, readFiles, type SourceFile } from "./repository.ts";

const documents = readFiles(/\.md$/);
const allPaths = listFiles();

/** Lines that a page may have; what is not named here: `pageLinesMax`. */
const linesMax: Readonly<Record<string, number>> = {
  "README.md": 150,
  "ARCHITECTURE.md": 400,
  "CONTRIBUTING.md": 150,
  "CHANGELOG.md": Infinity,
  "docs/glossary.md": 120,
  "docs/testing.md": 150,
};
const pageLinesMax = 250;
const checklistLinesMax = 40;

/** Where readers come in without a link. */
const entrances: ReadonlySet<string> = new Set(["README.md"]);

function findDeadLinks({ path, text }: SourceFile): readonly string[] {
  return findLinks(text)
    .filter((target) => !/^[a-z]+:|^#/.test(target))
    .filter((target) => !existsSync(join(dirname(path), target.replace(/#.*$/, ""))))
    .map((target) => `${path}: the link to ${target} leads nowhere`);
}

/** Paths from the top, short ones into swarmd, ones from a package's own page, and bare names of sources. */
function findMissingPaths(
  { path, text }: SourceFile,
  exists: (path: string) => boolean,
): readonly string[] {
  return findCode(text)
    .filter((code) => /^[\w.@{},*/-]+$/.test(code))
    .filter((code) => {
      const [top = "", ...rest] = code.split("/");
      if (rest.length === 0)
        return /^\w.*\.(ts|tsx|mjs|proto)$/.test(code) && !exists(`**/${code}`);
      if (["core", "shell"].includes(top)) return !exists(`packages/swarmd/src/${code}`);
      if (["src", "testdata"].includes(top)) return !exists(join(dirname(path), code));
      return ["packages", "docs", "scripts", "test", ".ci"].includes(top) && !exists(code);
    })
    .map((code) => `${path}: there is no ${code}`);
}

/** True when a path, which may hold `*` and end in `/`, stands for something in the repository. */
function isInRepository(named: string): boolean {
  if (named.startsWith("**/")) return allPaths.some((path) => basename(path) === named.slice(3));
  if (!named.includes("*")) return existsSync(named) || named.includes("/dist/");
  const pattern = normalize(named)
    .replace(/[.+?^$()|[\]\\{}]/g, "\\$&")
    .replaceAll("*", "[^/]*");
  return named.includes("/dist") || allPaths.some((path) => new RegExp(`^${pattern}`).test(path));
}

function findBadTitles({ path, text }: SourceFile): readonly string[] {
  const titles = withoutFences(text).match(/^# .+$/gm) ?? [];
  return titles.length === 1 ? [] : [`${path}: it has ${titles.length} titles ("# ..."), not one`];
}

function findUnlinked(pages: readonly SourceFile[]): readonly string[] {
  const linked = new Set(
    pages.flatMap(({ path, text }) =>
      findLinks(text)
        .map((target) => normalize(join(dirname(path), target.replace(/#.*$/, ""))))
        .filter((target) => target !== path),
    ),
  );
  return pages
    .filter(({ path }) => !linked.has(path) && !entrances.has(path))
    .map(({ path }) => `${path}: no other page links to it`);
}

function findTooLong({ path, text }: SourceFile): readonly string[] {
  const limit =
    linesMax[path] ?? (path.startsWith("docs/checklists/") ? checklistLinesMax : pageLinesMax);
  const lines = text.trimEnd().split("\n").length;
  return lines <= limit ? [] : [`${path}: ${lines} lines, at most ${limit}: say less, or split it`];
}

test("every link in a document leads somewhere", () => {
  expect(documents.flatMap(findDeadLinks)).toEqual([]);
});

test("a link to nowhere is found", () => {
  const page = {
    path: "docs/x.md",
    text: "See [a](gone.md), [b](testing.md) and [c](https://a.b).",
  };
  expect(findDeadLinks(page)).toEqual(["docs/x.md: the link to gone.md leads nowhere"]);
});

test("every path that a document names exists", () => {
  expect(documents.flatMap((page) => findMissingPaths(page, isInRepository))).toEqual([]);
});

test("a path that does not exist is found, whichever way it is written", () => {
  const text = "`core/gone.ts` `shell/` `scripts/*.gone` `gone.ts` `docs/testing.md` `a/b` `x.id`";
  const found = findMissingPaths({ path: "docs/x.md", text }, isInRepository);
  expect(found.map((line) => line.replace(/.* no /, ""))).toEqual([
    "core/gone.ts",
    "scripts/*.gone",
    "gone.ts",
  ]);
});

test("every document has one title", () => {
  expect(documents.flatMap(findBadTitles)).toEqual([]);
});

test("a page without a title, or with two, is found", () => {
  expect(findBadTitles({ path: "x.md", text: "## A\n" })).toHaveLength(1);
  expect(findBadTitles({ path: "x.md", text: "# A\n# B\n" })).toHaveLength(1);
  expect(findBadTitles({ path: "x.md", text: "# A\n```sh\n# comment\n```\n" })).toEqual([]);
});

test("every document is linked from another one", () => {
  expect(findUnlinked(documents)).toEqual([]);
});

test("a page that only links to itself is found", () => {
  const page = { path: "docs/x.md", text: "# X\n[x](x.md)" };
  expect(findUnlinked([page])).toEqual(["docs/x.md: no other page links to it"]);
});

test("no document is longer than its limit", () => {
  expect(documents.flatMap(findTooLong)).toEqual([]);
});

test("a page that is too long is found", () => {
  expect(findTooLong({ path: "README.md", text: "x\n".repeat(151) })).toHaveLength(1);
  expect(findTooLong({ path: "docs/checklists/x.md", text: "x\n".repeat(41) })).toHaveLength(1);
  expect(findTooLong({ path: "README.md", text: "x\n".repeat(150) })).toEqual([]);
});

test("the pages that every reader looks for are there", () => {
  const wanted = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"];
  expect(wanted.filter((path) => !existsSync(path))).toEqual([]);
});

test("the changelog says how to write it, and has a place for what is not released", () => {
  const changelog = documents.find(({ path }) => path === "CHANGELOG.md")?.text ?? "";
  expect(changelog).toMatch(/^<!--[\s\S]+?-->\s+# Changelog\s+## Unreleased\s/);
});
