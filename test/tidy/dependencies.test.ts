// Every package that is used is pinned once and has a line that says why.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findCode, firstCode, readTable } from "./markdown.ts";
import { readFiles, readText, type SourceFile } from "./repository.ts";

/** Names and versions in the workspace's catalog. */
function readCatalog(workspace: string): Readonly<Record<string, string>> {
  const block = /^catalog:\n((?: {2}.*\n)+)/m.exec(workspace)?.[1] ?? "";
  const lines = [...block.matchAll(/^ {2}"?([^":]+)"?: (\S+)$/gm)];
  return Object.fromEntries(lines.map(([, name = "", version = ""]) => [name, version]));
}

/** Dependencies that are neither of the workspace nor from the catalog. */
function findUnpinned({ path, text }: SourceFile): readonly string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(text);
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => version !== "catalog:" && version !== "workspace:*")
    .map(([name, version]) => `${path}: ${name} is ${version}, not "catalog:"`);
}

/** Entries that a package declares and does not have as sources. */
function findMissingEntries(
  { path, text }: SourceFile,
  exists: (path: string) => boolean,
): readonly string[] {
  const { exports = {} } = JSON.parse(text) as {
    exports?: Record<string, Record<string, string>>;
  };
  const sources = Object.values(exports).flatMap((entry) => [
    entry["types"] ?? "types",
    entry["@swarmkit/source"] ?? "@swarmkit/source",
  ]);
  return sources
    .filter((source) => !exists(join(dirname(path), source)))
    .map((source) => `${path}: its exports name ${source}, which is not there`);
}

const headings = ["In the programs", "For development"];
const page = readText("docs/decisions/0002-dependencies.md");
const manifests = readFiles(/^(?:packages\/[^/]+\/)?package\.json$/);

test("the page of dependencies and the catalog list the same packages", () => {
  const listed = headings.flatMap((heading) =>
    readTable(page, heading).map(([name]) => firstCode(name)),
  );
  const catalog = Object.keys(readCatalog(readText("pnpm-workspace.yaml")));
  expect(catalog.length).toBeGreaterThan(10);
  expect(listed.toSorted()).toEqual(catalog.toSorted());
});

test("versions are exact", () => {
  const versions = Object.entries(readCatalog(readText("pnpm-workspace.yaml")));
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("every dependency comes from the catalog", () => {
  expect(manifests.length).toBeGreaterThan(3);
  expect(manifests.flatMap(findUnpinned)).toEqual([]);
});

test("what a program loads is listed as such", () => {
  const inPrograms = readTable(page, "In the programs").flatMap(([cell = ""]) => findCode(cell));
  const loaded = manifests
    .flatMap(({ text }) => Object.keys(JSON.parse(text).dependencies ?? {}))
    .filter((name) => !name.startsWith("@swarmkit/"));
  expect(loaded.filter((name) => !inPrograms.includes(name))).toEqual([]);
});

test("every entry that a package declares exists", () => {
  expect(manifests.flatMap((file) => findMissingEntries(file, existsSync))).toEqual([]);
});

test("an entry that does not exist is found", () => {
  const entry = { types: "./a.ts", "@swarmkit/source": "./b.ts" };
  const file = {
    path: "packages/x/package.json",
    text: JSON.stringify({ exports: { ".": entry } }),
  };
  expect(findMissingEntries(file, (path) => path === "packages/x/a.ts")).toHaveLength(1);
});

test("a range, and a version beside the catalog, are found", () => {
  expect(readCatalog('catalog:\n  "@a/b": 1.0.0\n  c: ^2.0.0\n\nother: 1\n')).toEqual({
    "@a/b": "1.0.0",
    c: "^2.0.0",
  });
  const text = '{ "dependencies": { "a": "1.0.0", "b": "catalog:" } }';
  expect(findUnpinned({ path: "x", text })).toEqual(['x: a is 1.0.0, not "catalog:"']);
});
