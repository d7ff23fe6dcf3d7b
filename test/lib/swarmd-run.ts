// swarmd runs that are to end by themselves: what they say, and with which status.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type RunResult, run } from "../../scripts/lib/run.ts";

const swarmdPath = resolve("packages/swarmd/dist/swarmd.cjs");
/** A swarmd that refuses does so within a second; one that runs on by mistake is killed. */
const endTimeoutMs = 20_000;

/** A folder that is removed with all in it. */
export interface TestFolder {
  readonly path: string;
  remove(): void;
}

/** Makes a folder with a path short enough for sockets in it. */
export function makeTestFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "swarmkit-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Runs the built swarmd to its end. */
export function runSwarmd(...flags: readonly string[]): Promise<RunResult> {
  return run(process.execPath, [swarmdPath, ...flags], { timeoutMs: endTimeoutMs });
}

/** As `runSwarmd`, but permission bits hold, as they do not for root. */
export function runSwarmdUnprivileged(...flags: readonly string[]): Promise<RunResult> {
  if (process.getuid?.() !== 0) return runSwarmd(...flags);
  const powers = "-dac_override,-dac_read_search";
  const without = ["--inh-caps", powers, "--bounding-set", powers, "--"];
  const command = [process.execPath, swarmdPath, ...flags];
  return run("setpriv", [...without, ...command], { timeoutMs: endTimeoutMs });
}

/** How swarmd ends when it refuses: one line on stderr, nothing on stdout. */
export function swarmdRefusal(status: 1 | 2, line: string): RunResult {
  return { status, signal: undefined, stdout: "", stderr: `swarmd: error: ${line}\n` };
}

/** Flags of a swarmd that keeps to a folder: what matters to a test comes on top. */
export function flagsIn(folder: string, name: string): readonly string[] {
  return [
    ...["--state-dir", join(folder, name)],
    ...["--listen-control-api", join(folder, `${name}.sock`)],
    ...["--listen-remote-api", "127.0.0.1:0"],
  ];
}
