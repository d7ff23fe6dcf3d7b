// Fails when a source file imports across a boundary that ARCHITECTURE.md does not draw. This table is
// the machine's copy of the one there; a tidy test compares the two.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** One layer and what it may import beside itself. */
export interface Layer {
  readonly path: string;
  readonly mayImport: readonly string[];
  /** Modules of which only types may be imported. */
  readonly mayImportTypes?: readonly string[];
}

const core = "packages/swarmd/src/core";
const shell = "packages/swarmd/src/shell";
const wireTypes = ["@swarmkit/proto/types"];

/** What every component of the core may use: it looks downwards, never at a sibling. */
const below = [`${core}/lib`, `${core}/model`, `${core}/store`, `${core}/constraint`];

function component(name: string, ...more: readonly string[]): Layer {
  return {
    path: `${core}/${name}`,
    mayImport: [...below, ...more],
    mayImportTypes: wireTypes,
  };
}

/** A file belongs to the last layer whose path it starts with. */
export const layers: readonly Layer[] = [
  { path: "packages/proto/gen", mayImport: ["packages/proto/src"] },
  { path: "packages/proto/src", mayImport: ["packages/proto/gen", "protobufjs", "long"] },
  { path: "packages/raft/src", mayImport: [] },
  { path: `${core}/lib`, mayImport: [], mayImportTypes: wireTypes },
  { path: `${core}/model`, mayImport: [`${core}/lib`], mayImportTypes: wireTypes },
  {
    path: `${core}/store`,
    mayImport: [`${core}/lib`, `${core}/model`, "sorted-btree"],
    mayImportTypes: wireTypes,
  },
  {
    path: `${core}/constraint`,
    mayImport: [`${core}/lib`, `${core}/model`],
    mayImportTypes: wireTypes,
  },
  component("agent"),
  component("allocator"),
  component("ca"),
  component("control"),
  component("dispatcher"),
  component("orchestrator"),
  component("role-manager"),
  component("scheduler"),
  // The one place that knows which components a leader consists of.
  component("leader", `${core}/allocator`, `${core}/orchestrator`, `${core}/scheduler`),
  component("replica", "@swarmkit/raft"),
  // The whole of a manager, as the shell and the simulator run it.
  component(
    "manager",
    `${core}/leader`,
    `${core}/replica`,
    `${core}/role-manager`,
    "@swarmkit/raft",
  ),
  {
    path: shell,
    mayImport: [
      core,
      "@grpc/grpc-js",
      "@noble/ciphers",
      "@swarmkit/proto",
      "@swarmkit/raft",
      "commander",
      "node-forge",
      "node:",
      "pino",
    ],
  },
  {
    path: `${shell}/docker`,
    mayImport: [
      `${core}/agent`,
      `${core}/lib`,
      `${core}/model`,
      `${shell}/clock.ts`,
      `${shell}/errors.ts`,
      `${shell}/executor`,
      `${shell}/log.ts`,
      "@swarmkit/proto",
      "dockerode",
      "node:",
    ],
  },
  {
    path: "packages/swarmd/src/testing",
    mayImport: [core, shell, "@swarmkit/proto", "@swarmkit/raft", "node:"],
  },
  {
    path: "packages/swarmctl/src",
    mayImport: ["@swarmkit/proto", "commander", "node:"],
  },
  { path: "packages/swarmctl/src/args", mayImport: [], mayImportTypes: wireTypes },
  { path: "packages/swarmctl/src/format", mayImport: [], mayImportTypes: wireTypes },
];

const importPattern =
  /^(import|export)(\s+type)?\b[^"';]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** Every import of a file that its layer does not allow, as a line for people. */
export function findViolations(file: string, source: string): readonly string[] {
  const layer = layers.findLast(({ path }) => file.startsWith(`${path}/`));
  const violations: string[] = [];
  for (const match of source.matchAll(importPattern)) {
    const specifier = match[3] ?? match[4] ?? match[5] ?? "";
    const target = specifier.startsWith(".")
      ? relative(".", join(dirname(file), specifier))
      : specifier;
    if (layer !== undefined && isAllowed(layer, target, match[2] !== undefined)) continue;
    violations.push(`${file}: ${layer?.path ?? "(no layer)"} may not import ${target}`);
  }
  return violations;
}

function isAllowed(layer: Layer, target: string, isTypeOnly: boolean): boolean {
  if (target.startsWith(`${layer.path}/`)) return true;
  const allowed = isTypeOnly
    ? [...layer.mayImport, ...(layer.mayImportTypes ?? [])]
    : layer.mayImport;
  return allowed.some((prefix) =>
    prefix.endsWith(":")
      ? target.startsWith(prefix)
      : target === prefix || target.startsWith(`${prefix}/`),
  );
}

/** Sources that ship: tests and what only tests use may look anywhere in their package. */
export function listSources(): readonly string[] {
  return globSync("packages/*/{src,gen}/**/*.{ts,tsx}")
    .filter((file) => !/\.test\.tsx?$|\.contract\.ts$|\/testing\//.test(file))
    .sort();
}

if (import.meta.main) {
  const violations = listSources().flatMap((file) =>
    findViolations(file, readFileSync(file, "utf8")),
  );
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
