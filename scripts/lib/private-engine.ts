// A dockerd of our own: starts it, waits until it answers, and stops it.
//
// It keeps to itself: data, state, socket and log live in one folder, its mounts in a mount
// namespace, its containers in the bridge, address range and cgroup of its slot. It leaves the
// machine's iptables, forwarding and engine alone, so any number may run side by side.
//
// Who starts one must stop it, also when it never answered. Then its processes, links, cgroups and
// files are gone, and so is its folder if the start made it. Folders that had to be made on the way
// stay, empty: the parents of its own, /etc/docker, /run/docker and /run/containerd. After a kill
// of dockerd, bridges of users' networks outside the slot's range stay too. Needs root.
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { callEngine, findEngine, requestEngine } from "./engine-api.ts";
import {
  cgroupsOf,
  claimSlot,
  environment,
  pidsOf,
  readIfThere,
  releaseSlot,
  type Slot,
} from "./engine-slot.ts";
import { describeError, say, waitUntil } from "./run.ts";

/** A dockerd that was started, whether it answers yet or has ended. */
export interface PrivateEngine {
  readonly process: ChildProcess;
  /** Resolves when the process ends, or could not be started; never rejects. */
  readonly exited: Promise<void>;
  readonly slot: Slot;
  readonly directory: string;
  readonly socketPath: string;
  readonly wasDirectoryCreated: boolean;
}

/** Measured: 0.2 to 0.4 s on an idle machine. */
const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;
/** The kernel's limit for the path of a unix socket, without its final zero. */
const socketPathBytesMax = 107;

/**
 * Starts dockerd without waiting for it. `directory` is absolute, and missing or empty; the socket
 * is `docker.sock` in it by default. Throws when a path is too long, in use or not there.
 */
export async function startPrivateEngine(
  directory: string,
  socket?: string,
): Promise<PrivateEngine> {
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

/** Resolves with the version once it answers; rejects when it ends instead, or after 60 s. */
export async function waitForEngine(engine: PrivateEngine): Promise<string> {
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

/** Ends the engine and all its containers, then removes what they left. Call it once. */
export async function stopPrivateEngine(engine: PrivateEngine): Promise<void> {
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

function removeFiles(directory: string, socketPath: string): void {
  for (const name of ["data", "exec", "etc", "run", "shims", "docker.pid", "dockerd.log"]) {
    rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
  }
  rmSync(socketPath, { force: true });
}
