// Everything that must hold before a change lands: the checks, then the tests, those that need a
// Docker engine included. An engine is started for them where that is possible, and is a must in CI.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPrograms } from "./build.ts";
import { check } from "./check.ts";
import { ensureEngine } from "./lib/engine.ts";
import { describeError, run, say } from "./lib/run.ts";
import { ensureTestImage } from "./lib/test-image.ts";

const isRoot = process.getuid?.() === 0;
const isCi = process.env["CI"] === "true";

/** Runs the tests with an engine if there can be one; the exit status. */
async function testAll(): Promise<number> {
  if (!check(["types", "lint and format", "imports", "generated code"])) return 1;
  await buildPrograms();
  const directory = mkdtempSync(join(tmpdir(), "swarmkit-test-"));
  const engine = await startEngine(directory);
  if (engine === undefined && isCi) return 1;
  try {
    const environment = { ...process.env, ...(await describeEngine(engine)) };
    const done = spawnSync("vitest", ["run", ...process.argv.slice(2)], {
      stdio: "inherit",
      env: environment,
    });
    if (engine === undefined) say("SKIPPED: every test that needs a Docker engine (reason above).");
    return done.status ?? 1;
  } finally {
    await engine?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startEngine(
  directory: string,
): Promise<{ readonly socketPath: string; stop(): Promise<void> } | undefined> {
  try {
    const engine = await ensureEngine({ directory, install: isRoot });
    await ensureTestImage(engine.socketPath);
    return engine;
  } catch (error) {
    say(`No Docker engine for the tests: ${describeError(error)}`);
    return undefined;
  }
}

/** What the tests are told: an engine to run containers on, and one to start engines of their own. */
async function describeEngine(
  engine: { readonly socketPath: string } | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (engine === undefined) return {};
  const shared = { SWARMKIT_TEST_ENGINE: engine.socketPath };
  if (!isRoot) return shared;
  const program = "dockerd";
  const found = await run(program, ["--version"]).catch(() => undefined);
  return found?.status === 0 ? { ...shared, SWARMKIT_TEST_ENGINE_BINARY: program } : shared;
}

process.exitCode = await testAll();
