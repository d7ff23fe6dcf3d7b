// Builds the image of swarmd and swarmctl without a registry: makes a base from the Node that runs
// this script, then has the engine build the Dockerfile's target "prebuilt" on it. Prints the
// image's id and size.
//
//   node scripts/build-image.ts [--tag NAME:TAG] [--socket PATH] [--context FOLDER]
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { callEngine, findEngine } from "./lib/engine-api.ts";
import { describeError, runOrThrow, say } from "./lib/run.ts";
import { type ImageEntry, importImage, packTar, readProgress } from "./lib/test-image.ts";

export interface BuildImageOptions {
  readonly socketPath: string;
  /** The new image's name, with its tag. */
  readonly tag: string;
  /** Has the Dockerfile and the built programs; the default is the repository. */
  readonly contextDirectory?: string;
}

export interface BuiltImage {
  readonly id: string;
  readonly sizeBytes: number;
}

const buildTimeoutMs = 300_000;
/** What the build needs of the context, and the programs' mode whatever the built files' mode. */
const dockerfile = "Dockerfile";
const programs = ["packages/swarmd/dist/swarmd.cjs", "packages/swarmctl/dist/swarmctl.cjs"];

/** Builds the image, and the base first unless the engine has it. The programs must be built. */
export async function buildImage(options: BuildImageOptions): Promise<BuiltImage> {
  const { socketPath, tag } = options;
  const context = options.contextDirectory ?? resolve(import.meta.dirname, "..");
  const missing = programs.filter((path) => !existsSync(join(context, path)));
  if (missing.length > 0) {
    const remedy = "node scripts/bootstrap.mjs scripts/build.ts";
    throw new Error(`${missing.join(" and ")} not found in ${context}: build first: ${remedy}`);
  }
  const base = await ensureBaseImage(socketPath);
  const query = new URLSearchParams({
    dockerfile,
    t: tag,
    target: "prebuilt",
    buildargs: JSON.stringify({ BASE: base }),
    rm: "true",
    forcerm: "true",
  });
  const files = [dockerfile, ...programs].map((path) => readEntry(join(context, path), path));
  // Without a "version" the engine uses its classic builder, which takes the context as one tar.
  const progress = await callEngine(socketPath, {
    method: "POST",
    path: `/build?${query}`,
    body: packTar(withFolders(files)),
    timeoutMs: buildTimeoutMs,
  });
  const { id, output } = readProgress(progress);
  if (id === undefined) throw new Error(`the engine built no image:\n${output}`);
  const image = await callEngine(socketPath, { method: "GET", path: `/images/${id}/json` });
  return { id, sizeBytes: Number(JSON.parse(image).Size) };
}

/** The smallest thing that `#!/usr/bin/env node` runs in: Node, `env`, and the libraries of both. */
async function ensureBaseImage(socketPath: string): Promise<string> {
  const name = `swarmkit-base:node-${process.versions.node}`;
  const commands = [
    { from: realpathSync(process.execPath), to: "usr/local/bin/node" },
    { from: "/usr/bin/env", to: "usr/bin/env" },
  ];
  const libraries = new Set((await Promise.all(commands.map((c) => listLibraries(c.from)))).flat());
  const text = (path: string, content: string): ImageEntry => {
    return { type: "file", path, data: Buffer.from(content) };
  };
  const entries = withFolders([
    ...commands.map(({ from, to }) => readEntry(from, to)),
    ...[...libraries].sort().map((path) => readEntry(path, path.slice(1))),
    text("etc/passwd", "root:x:0:0:root:/root:/usr/local/bin/node\n"),
    text("etc/group", "root:x:0:\n"),
    text("etc/nsswitch.conf", "hosts: files dns\n"),
    { type: "directory", path: "root", mode: 0o700 },
    { type: "directory", path: "tmp", mode: 0o1777 },
    { type: "directory", path: "run" },
    { type: "directory", path: "var" },
    { type: "link", path: "var/run", target: "/run" },
  ]);
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  await importImage(socketPath, { name, entries, changes: [`ENV ${path}`] });
  return name;
}

/** The shared libraries that a program is linked with, and the loader, as ldd names them. */
async function listLibraries(program: string): Promise<string[]> {
  const { stdout } = await runOrThrow("ldd", [program]);
  if (stdout.includes("not found")) throw new Error(`${program} misses a library:\n${stdout}`);
  // "libc.so.6 => /lib/libc.so.6 (0x…)" or, for the loader, "/lib64/ld-linux-x86-64.so.2 (0x…)".
  return [...stdout.matchAll(/(\/\S+) \(0x[0-9a-f]+\)$/gm)].flatMap(([, path]) => path ?? []);
}

function readEntry(from: string, path: string): ImageEntry {
  const mode = path === dockerfile || path.startsWith("etc/") ? 0o644 : 0o755;
  return { type: "file", path, data: readFileSync(from), mode };
}

/** Puts the folders of all entries before them: an engine gives those it must invent odd modes. */
function withFolders(entries: readonly ImageEntry[]): ImageEntry[] {
  const folders = new Set<string>();
  for (const { path } of entries) {
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  const known = new Set(entries.map(({ path }) => path));
  const added = [...folders].filter((path) => !known.has(path)).sort();
  return [...added.map((path): ImageEntry => ({ type: "directory", path })), ...entries];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tag: { type: "string", default: "swarmkit:dev" },
      socket: { type: "string" },
      context: { type: "string" },
    },
  });
  const engine = await findEngine(values.socket);
  if (!engine.ok) throw new Error(`cannot build an image: ${engine.reason}`);
  const context = values.context === undefined ? {} : { contextDirectory: resolve(values.context) };
  const options = { socketPath: engine.socketPath, tag: values.tag, ...context };
  const { id, sizeBytes } = await buildImage(options);
  console.log(`${id} ${values.tag} ${(sizeBytes / 1e6).toFixed(1)} MB`);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    say(`error: ${describeError(error)}`);
    process.exitCode = 1;
  });
}
