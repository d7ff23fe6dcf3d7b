// Import boundaries: the drawing in ARCHITECTURE.md is the table that the checker uses, the checker finds
// what it is there for, and the sources have none of it.
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { findViolations, type Layer, layers, listSources } from "../../scripts/check-imports.ts";
import { findCode, readTable } from "./markdown.ts";
import { readText } from "./repository.ts";

/** A layer as the page writes it. */
interface DrawnLayer {
  readonly path: string;
  readonly mayImport: readonly string[];
  readonly mayImportTypes: readonly string[];
}

function readDrawing(page: string): readonly DrawnLayer[] {
  return readTable(page, "Layers").map(([path = "", mayImport = "", types = ""]) => ({
    path: findCode(path)[0] ?? path,
    mayImport: findCode(mayImport),
    mayImportTypes: findCode(types),
  }));
}

function toDrawing(layer: Layer): DrawnLayer {
  return {
    path: shorten(layer.path),
    mayImport: layer.mayImport.map(shorten),
    mayImportTypes: (layer.mayImportTypes ?? []).map(shorten),
  };
}

function shorten(path: string): string {
  return path
    .replace(/^packages\/swarmd\/src\/(core|shell)\b/, "$1")
    .replace(/^packages\/(?=.*\/)/, "");
}

test("ARCHITECTURE.md draws the layers that the checker knows, in its order", () => {
  expect(readDrawing(readText("ARCHITECTURE.md"))).toEqual(layers.map(toDrawing));
});

test("a row that is missing, moved or different is found", () => {
  const drawn = readDrawing(readText("ARCHITECTURE.md"));
  const [first, second, ...others] = layers.map(toDrawing);
  expect(drawn).not.toEqual([second, first, ...others]);
  expect(drawn).not.toEqual([second, ...others]);
  const row = "| `core/lib` | `node:` | | x |";
  const page = `# A\n\n## Layers\n\n| Layer | May import | Types only | |\n| --- | --- | --- | --- |\n${row}\n`;
  expect(readDrawing(page)).toEqual([
    { path: "core/lib", mayImport: ["node:"], mayImportTypes: [] },
  ]);
});

test("every layer is a folder, or a part of one, that exists", () => {
  expect(layers.filter(({ path }) => !existsSync(path)).map(({ path }) => path)).toEqual([]);
});

test("no source imports across a boundary", () => {
  const sources = listSources();
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap((path) => findViolations(path, readText(path)))).toEqual([]);
});

const swarmd = "packages/swarmd/src";
const planted: readonly (readonly [string, string, string])[] = [
  [
    "a component that imports a sibling",
    `${swarmd}/core/scheduler/x.ts`,
    'import { Allocator } from "../allocator/allocator.ts";',
  ],
  ["a core that imports Node", `${swarmd}/core/agent/x.ts`, 'import { open } from "node:fs";'],
  [
    "a core that imports proto's code",
    `${swarmd}/core/store/x.ts`,
    'import { getCodec } from "@swarmkit/proto";',
  ],
  [
    "a core that imports types together with code",
    `${swarmd}/core/store/x.ts`,
    'import { type Task } from "@swarmkit/proto/types";',
  ],
  ["a core that imports the shell", `${swarmd}/core/lib/x.ts`, 'import "../../shell/clock.ts";'],
  ["a model that imports the store", `${swarmd}/core/model/x.ts`, 'import "../store/types.ts";'],
  ["a shell that imports swarmctl", `${swarmd}/shell/x.ts`, 'import "@swarmkit/swarmctl";'],
  [
    "a docker executor that imports gRPC",
    `${swarmd}/shell/docker/x.ts`,
    'import { Server } from "@grpc/grpc-js";',
  ],
  [
    "a raft that imports anything",
    "packages/raft/src/x.ts",
    'export type { Task } from "@swarmkit/proto/types";',
  ],
  ["a swarmctl that imports raft", "packages/swarmctl/src/x.ts", 'import "@swarmkit/raft";'],
  [
    "a parser of swarmctl that imports lazily",
    "packages/swarmctl/src/args/x.ts",
    'const files = await import("node:fs");',
  ],
  ["a file outside all layers", "packages/other/src/x.ts", 'import "node:fs";'],
];

test.each(planted)("the checker finds %s", (_, path, source) => {
  expect(findViolations(path, source)).toHaveLength(1);
});

test("the checker lets pass what is drawn", () => {
  const source = [
    'import type { Task } from "@swarmkit/proto/types";',
    'import { assert } from "../lib/assert.ts";',
    'import { filtersFor } from "./filters.ts";',
  ].join("\n");
  expect(findViolations(`${swarmd}/core/scheduler/x.ts`, source)).toEqual([]);
});
