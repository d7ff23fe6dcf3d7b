// A Docker engine for tests, the quickstart and the bench: the machine's, or a private one.
//
// Shares the engine on the usual socket where the caller allows it; otherwise starts a private one,
// after installing what it needs if that is allowed. Throws with the reason and the remedy.
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findEngine } from "./engine-api.ts";
import { environment, searchPath } from "./engine-slot.ts";
import { startPrivateEngine, stopPrivateEngine, waitForEngine } from "./private-engine.ts";
import { describeError, lastLines, runOrThrow, say } from "./run.ts";

export interface EngineOptions {
  /** Where a private engine keeps everything: missing or empty, and so again after `stop`. */
  readonly directory: string;
  /** Whether missing Debian packages may be installed (needs root). */
  readonly install: boolean;
  /** Whether an engine on the usual socket will do; the default is true. */
  readonly mayShare?: boolean;
  /** The private engine's socket; the default is `docker.sock` in `directory`. */
  readonly socketPath?: string;
}

export interface Engine {
  readonly socketPath: string;
  readonly version: string;
  /** False for an engine that was there before: nothing on it is ours but what we make. */
  readonly isPrivate: boolean;
  /** Ends a private engine with all its containers, and removes its traces; idempotent. */
  stop(): Promise<void>;
}

const installTimeoutMs = 15 * 60_000;
/** What a private engine needs: a program and the Debian package that has it. */
const packageOfProgram: Readonly<Record<string, string>> = {
  dockerd: "docker.io",
  ip: "iproute2",
  setpriv: "util-linux",
  unshare: "util-linux",
};

/** Gives an engine that answers; throws with the reason and the remedy when none can be had. */
export async function ensureEngine(options: EngineOptions): Promise<Engine> {
  const found = await findEngine();
  const isSharing = found.ok && (options.mayShare ?? true);
  await installMissing(isSharing ? [] : Object.keys(packageOfProgram), options.install);
  if (isSharing) {
    return { ...found, isPrivate: false, stop: () => Promise.resolve() };
  }
  if (process.getuid?.() !== 0) throw new Error("only root can start a Docker engine");
  const engine = await startPrivateEngine(resolve(options.directory), options.socketPath);
  const { socketPath } = engine;
  try {
    const version = await waitForEngine(engine);
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopped ??= stopPrivateEngine(engine);
      return stopped;
    };
    return { socketPath, version, isPrivate: true, stop };
  } catch (error) {
    const log = readFileSync(join(engine.directory, "dockerd.log"), "utf8");
    await stopPrivateEngine(engine);
    throw new Error(`${describeError(error)}; dockerd's last words:\n${lastLines(log, 5)}`);
  }
}

/** Installs what is missing, if that is allowed; busybox is for the test image, so optional. */
async function installMissing(programs: readonly string[], mayInstall: boolean): Promise<void> {
  const missing = programs.filter((program) => !isOnPath(program));
  const packages = new Set(missing.map((program) => packageOfProgram[program] ?? program));
  if (mayInstall && !isOnPath("busybox")) packages.add("busybox-static");
  // Where the kernel enforces AppArmor, the engine refuses to start containers without its parser.
  const appArmor = "/sys/module/apparmor/parameters/enabled";
  if (packages.has("docker.io") && existsSync(appArmor)) {
    if (readFileSync(appArmor, "utf8").startsWith("Y")) packages.add("apparmor");
  }
  if (packages.size === 0) return;
  const command = `apt-get install ${[...packages].join(" ")}`;
  const canInstall = process.getuid?.() === 0 && existsSync("/etc/debian_version");
  if (!mayInstall || !canInstall) {
    if (missing.length === 0) return;
    throw new Error(`no Docker engine: ${missing.join(", ")} not found; try: ${command}`);
  }
  say(`Installing ${[...packages].join(", ")} with apt-get ...`);
  await installPackages([...packages]);
}

async function installPackages(packages: readonly string[]): Promise<void> {
  const lock = ["-o", "DPkg::Lock::Timeout=300"];
  const options = {
    environment: { ...environment, DEBIAN_FRONTEND: "noninteractive" },
    timeoutMs: installTimeoutMs,
  };
  // Debian starts services when it installs them, unless this file objects (status 101).
  const policy = "/usr/sbin/policy-rc.d";
  const hadPolicy = existsSync(policy);
  if (!hadPolicy) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await runOrThrow("apt-get", [...lock, "-q", "update"], options);
    const install = [...lock, "-q", "-y", "--no-install-recommends", "install", ...packages];
    await runOrThrow("apt-get", install, options);
  } finally {
    if (!hadPolicy) rmSync(policy, { force: true });
  }
}

function isOnPath(program: string): boolean {
  return searchPath.split(":").some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      // Not there, or not for us: the next folder may have it.
      return false;
    }
  });
}
