// A Docker engine for tests, the quickstart and the bench: finds one, or starts one of its own.
//
// A private engine keeps to itself: data, state, socket and log live in one folder, its mounts in a
// mount namespace, its containers in a bridge, an address range and a cgroup of its own. It leaves
// the machine's iptables, forwarding and engine alone, so any number may run side by side.
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { dirname, join, resolve } from "node:path";
import { describeError, lastLines, run, runOrThrow, say, waitUntil } from "./run.ts";

/** An engine that answers on a unix socket, or why there is none. */
export type FoundEngine =
  | { readonly ok: true; readonly socketPath: string; readonly version: string }
  | { readonly ok: false; readonly socketPath: string; readonly reason: string };

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

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Sent as JSON, or as a tar when it is a list of chunks. */
  readonly body?: object | readonly Uint8Array[];
  /** The default is 60 s. */
  readonly timeoutMs?: number;
}

export interface EngineResponse {
  readonly status: number;
  readonly text: string;
}

/** The engine's claim of a bridge and its address range, 10.N.0.0/16. */
interface Slot {
  readonly name: string;
  readonly prefix: string;
}

interface PrivateEngine {
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  readonly slot: Slot;
  readonly directory: string;
  readonly socketPath: string;
  readonly wasDirectoryCreated: boolean;
}

const usualSocketPath = "/var/run/docker.sock";
const pingTimeoutMs = 5_000;
const requestTimeoutMs = 60_000;
const responseBytesMax = 16 * 1024 * 1024;
const installTimeoutMs = 15 * 60_000;
/** Measured: 0.2 to 0.4 s on an idle machine. */
const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;
/** The kernel's limit for the path of a unix socket, without its final zero. */
const socketPathBytesMax = 107;
const slotFirst = 160;
const slotCount = 64;
const cgroupRoot = "/sys/fs/cgroup";
/** What a private engine needs: a program and the Debian package that has it. */
const packageOfProgram: Readonly<Record<string, string>> = {
  dockerd: "docker.io",
  ip: "iproute2",
  setpriv: "util-linux",
  unshare: "util-linux",
};
/** A root shell without a login may lack the folders in which Debian keeps these programs. */
const { PATH: givenPath = "", DOCKER_HOST: givenHost = "" } = process.env;
const searchPath = `${givenPath}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
const environment: NodeJS.ProcessEnv = { ...process.env, PATH: searchPath };

/** Asks for an engine on `socketPath`, or where DOCKER_HOST says, or on the usual socket. */
export async function findEngine(socketPath?: string): Promise<FoundEngine> {
  if (socketPath === undefined && !/^(unix:\/\/|$)/.test(givenHost)) {
    const reason = `DOCKER_HOST is ${givenHost}, not a unix socket`;
    return { ok: false, socketPath: givenHost, reason };
  }
  const path = socketPath ?? (givenHost.replace(/^unix:\/\//, "") || usualSocketPath);
  try {
    const options = { method: "GET", timeoutMs: pingTimeoutMs } as const;
    const ping = await requestEngine(path, { ...options, path: "/_ping" });
    if (ping.status !== 200) {
      return { ok: false, socketPath: path, reason: `${path} answers with HTTP ${ping.status}` };
    }
    const version = JSON.parse(await callEngine(path, { ...options, path: "/version" }));
    return { ok: true, socketPath: path, version: String(version.Version) };
  } catch (error) {
    return { ok: false, socketPath: path, reason: `no engine at ${path}: ${describeError(error)}` };
  }
}

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

/** One request to the engine's HTTP API. Rejects when there is no answer in time. */
export function requestEngine(socketPath: string, call: EngineRequest): Promise<EngineResponse> {
  const isTar = Array.isArray(call.body);
  const type = { "content-type": isTar ? "application/x-tar" : "application/json" };
  const signal = AbortSignal.timeout(call.timeoutMs ?? requestTimeoutMs);
  return new Promise((resolve, reject) => {
    const options = { socketPath, path: call.path, method: call.method, agent: false, signal };
    const outgoing = request({ ...options, headers: call.body === undefined ? {} : type });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      let receivedBytes = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        receivedBytes += chunk.length;
        if (receivedBytes > responseBytesMax) {
          response.destroy(new Error(`the engine's answer exceeds ${responseBytesMax} bytes`));
        }
      });
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    if (isTar) for (const chunk of call.body as readonly Uint8Array[]) outgoing.write(chunk);
    else if (call.body !== undefined) outgoing.write(JSON.stringify(call.body));
    outgoing.end();
  });
}

/** As `requestEngine`, but a refusal is an error with the engine's own words. */
export async function callEngine(socketPath: string, call: EngineRequest): Promise<string> {
  const { status, text } = await requestEngine(socketPath, call);
  if (status < 400) return text;
  throw new Error(`the engine refused ${call.method} ${call.path}: ${status} ${text.trim()}`);
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

async function startPrivateEngine(directory: string, socket?: string): Promise<PrivateEngine> {
  const socketPath = socket === undefined ? join(directory, "docker.sock") : resolve(socket);
  const longest = join(directory, "exec/containerd/containerd.sock.ttrpc");
  if (Math.max(Buffer.byteLength(longest), Buffer.byteLength(socketPath)) > socketPathBytesMax) {
    throw new Error(`${directory} is too long for the engine's sockets: use a shorter path`);
  }
  const running = await findEngine(socketPath);
  if (running.ok) throw new Error(`${socketPath} is in use by Docker ${running.version}`);
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new Error(`${directory} is not empty: give the engine a folder of its own`);
  }
  if (dirname(socketPath) !== directory && !existsSync(dirname(socketPath))) {
    throw new Error(`${dirname(socketPath)} does not exist`);
  }
  const slot = await claimSlot();
  // Nothing answers there: at best what a killed engine left behind.
  rmSync(socketPath, { force: true });
  const wasDirectoryCreated = mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined;
  for (const name of ["etc", "run", "shims"]) mkdirSync(join(directory, name));
  const log = openSync(join(directory, "dockerd.log"), "w");
  const child = spawn("setpriv", engineCommand(directory, socketPath, slot), {
    env: environment,
    stdio: ["ignore", log, log],
    // A Ctrl-C in the terminal is ours to handle, in order; the engine must not see it.
    detached: true,
  });
  closeSync(log);
  // A caller that fails to stop it must still be able to end; the engine ends with it.
  child.unref();
  const exited = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("error", () => resolve());
  });
  return { process: child, exited, slot, directory, socketPath, wasDirectoryCreated };
}

/** The arguments of setpriv. Every program of the chain replaces the one before: one process. */
function engineCommand(directory: string, socketPath: string, slot: Slot): string[] {
  // Places that dockerd and containerd do not let us choose get a folder of ours mounted over them.
  const mounts = [
    ["etc", "/etc/docker"],
    ["run", "/run/docker"],
    ["shims", "/run/containerd"],
  ] as const;
  const script = mounts.map(
    ([name, place]) => `mkdir -p ${place} && mount --bind "$0/${name}" ${place}`,
  );
  return [
    // When this process dies, however it dies, the engine stops as if asked to. (It is the thread
    // that counts: call this from the main one.)
    ...["--pdeathsig", "TERM", "--"],
    ...["unshare", "--mount", "--propagation", "slave", "--"],
    ...["sh", "-c", `${script.join(" && ")} && exec dockerd "$@"`, directory],
    ...["--host", `unix://${socketPath}`, "--pidfile", join(directory, "docker.pid")],
    // The storage driver is dockerd's choice: it tries overlay2 on this very folder, and ends at
    // vfs (seen on an overlay root), slower but always possible.
    ...["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
    // With iptables two engines in one network namespace delete each other's rules, and FORWARD is
    // left at DROP. Without, ports are still published, by docker-proxy; containers reach each
    // other and this machine, but not the world (a DNS lookup there takes about 10 s to fail).
    ...["--bridge", slot.name, "--iptables=false", "--ip-masq=false", "--ip-forward=false"],
    ...["--default-address-pool", `base=${slot.prefix}.0.0/16,size=24`],
    // The systemd driver takes only slices for a parent. A parent of our own can be removed, and
    // shows which processes are left when dockerd had to be killed.
    ...["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", `/${slot.name}`],
  ];
}

async function waitForEngine(engine: PrivateEngine): Promise<string> {
  const hasExited = new AbortController();
  void engine.exited.then(() => hasExited.abort(new Error("dockerd ended as it started")));
  return await waitUntil(
    async () => {
      const found = await findEngine(engine.socketPath);
      return found.ok ? found.version : undefined;
    },
    {
      what: `dockerd to answer on ${engine.socketPath}`,
      timeoutMs: startTimeoutMs,
      watchDirectory: dirname(engine.socketPath),
      signal: hasExited.signal,
    },
  );
}

async function stopPrivateEngine(engine: PrivateEngine): Promise<void> {
  engine.process.ref();
  if (isRunning(engine.process)) {
    // Otherwise dockerd waits 10 s for each container that ignores SIGTERM, as most shells do.
    await removeObjects(engine.socketPath).catch((error) => {
      say(`warning: ${describeError(error)}`);
    });
    engine.process.kill("SIGTERM");
    const timer = setTimeout(() => engine.process.kill("SIGKILL"), stopTimeoutMs);
    await engine.exited;
    clearTimeout(timer);
  }
  await killLeftovers(engine);
  await releaseSlot(engine.slot);
  removeFiles(engine.directory, engine.socketPath);
  if (engine.wasDirectoryCreated) rmdirSync(engine.directory);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Containers of any state, then the networks that users made: their bridges outlive dockerd. */
async function removeObjects(socketPath: string): Promise<void> {
  const timeoutMs = stopTimeoutMs;
  const list = { method: "GET", path: "/containers/json?all=1", timeoutMs } as const;
  const containers: { Id: string }[] = JSON.parse(await callEngine(socketPath, list));
  const removals = containers.map(({ Id }) =>
    requestEngine(socketPath, {
      method: "DELETE",
      path: `/containers/${Id}?force=1&v=1`,
      timeoutMs,
    }),
  );
  await Promise.all(removals);
  await callEngine(socketPath, { method: "POST", path: "/networks/prune", timeoutMs });
}

/**
 * After a kill, containerd dies with dockerd, but its shims and their containers live on. Kills
 * exactly those: shims by the address of our containerd, containers by our cgroup.
 */
async function killLeftovers(engine: PrivateEngine): Promise<void> {
  const address = join(engine.directory, "exec/containerd/containerd.sock");
  const config = join(engine.directory, "exec/containerd/containerd.toml");
  await waitUntil(
    () => {
      const helpers = listProcesses().filter(({ words }) =>
        words.some((word) => word === address || word === config),
      );
      const pids = [...helpers.map(({ pid }) => pid), ...cgroupsOf(engine.slot).flatMap(pidsOf)];
      for (const pid of pids) killIfThere(pid);
      return pids.length === 0 ? true : undefined;
    },
    { what: `the last processes of the engine in ${engine.directory}`, timeoutMs: stopTimeoutMs },
  );
}

function listProcesses(): { pid: number; words: string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const words = readIfThere(`/proc/${name}/cmdline`).split("\0");
      return { pid: Number(name), words };
    });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Claims a bridge by creating it, which only one process can do. */
async function claimSlot(): Promise<Slot> {
  const first = randomInt(slotCount);
  for (let attempt = 0; attempt < slotCount; attempt++) {
    const number = slotFirst + ((first + attempt) % slotCount);
    const slot = { name: `swarmkit${number}`, prefix: `10.${number}` };
    // The alias holds its owner's process id; the bridge of a dead owner is nobody's.
    const owner = readIfThere(`/sys/class/net/${slot.name}/ifalias`).trim();
    if (owner !== "" && !existsSync(`/proc/${owner}`)) await releaseSlot(slot);
    if ((await listLinks(slot.prefix)).length > 0) continue;
    const added = await ip("link", "add", slot.name, "type", "bridge");
    if (added.status !== 0) {
      if (added.stderr.includes("File exists")) continue;
      throw new Error(`cannot create a network bridge: ${added.stderr.trim()}`);
    }
    await ip("link", "set", slot.name, "alias", String(process.pid));
    await ip("address", "add", `${slot.prefix}.0.1/24`, "dev", slot.name);
    await ip("link", "set", slot.name, "up");
    return slot;
  }
  throw new Error(`the networks 10.${slotFirst}.0.0/16 and up are all in use`);
}

/** Removes the bridge, those of the networks that the engine made, and the cgroups. */
async function releaseSlot(slot: Slot): Promise<void> {
  for (const name of await listLinks(slot.prefix)) await ip("link", "delete", name);
  if (existsSync(`/sys/class/net/${slot.name}`)) await ip("link", "delete", slot.name);
  for (const cgroup of cgroupsOf(slot)) {
    try {
      rmdirSync(cgroup);
    } catch (error) {
      say(`warning: cannot remove ${cgroup}: ${describeError(error)}`);
    }
  }
}

/** The network interfaces with an address that starts with `prefix`. */
async function listLinks(prefix: string): Promise<string[]> {
  const { stdout } = await ip("-oneline", "-4", "address", "show");
  return stdout
    .split("\n")
    .map((line) => line.split(/\s+/))
    .filter(([, , , address]) => address?.startsWith(`${prefix}.`))
    .flatMap(([, name]) => name ?? []);
}

function ip(...words: readonly string[]): ReturnType<typeof run> {
  return run("ip", words, { environment });
}

/** The engine's cgroups, children first: one tree per controller with cgroup v1, one with v2. */
function cgroupsOf(slot: Slot): string[] {
  if (!existsSync(cgroupRoot)) return [];
  const trees = [cgroupRoot, ...foldersIn(cgroupRoot)].map((folder) => join(folder, slot.name));
  const withChildren = (folder: string): string[] => [
    ...foldersIn(folder).flatMap(withChildren),
    folder,
  ];
  return trees.filter((folder) => existsSync(folder)).flatMap(withChildren);
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

function pidsOf(cgroup: string): number[] {
  return readIfThere(join(cgroup, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Processes and cgroups come and go between being listed and being read.
    return "";
  }
}

function removeFiles(directory: string, socketPath: string): void {
  for (const name of ["data", "exec", "etc", "run", "shims", "docker.pid", "dockerd.log"]) {
    rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
  }
  rmSync(socketPath, { force: true });
}
