// A state directory goes from Go's implementation (dockerd's swarm mode) to ours and back: either side reads
// the other's log and snapshots, and nothing is lost. Needs root and a dockerd, named by an environment
// variable, because it starts an engine of its own in a private network and mount namespace.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  getCodec,
  type InternalRaftRequest,
  type StoreAction,
} from "../../packages/proto/src/index.ts";
import { parseUnlockKey } from "../../packages/swarmd/src/core/model/unlock-key.ts";
import type { AppliedEntry } from "../../packages/swarmd/src/core/replica/replica-host.ts";
import {
  openLeader,
  RecordingHost,
} from "../../packages/swarmd/src/shell/raft/testing/recording-host.ts";
import { makeTempDir } from "../../packages/swarmd/src/shell/raft/testing/temp-dir.ts";
import { KeyStore } from "../../packages/swarmd/src/shell/state-dir/key-store.ts";
import { statePaths } from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import { waitUntil } from "../../scripts/lib/run.ts";

const { SWARMKIT_TEST_ENGINE_BINARY: engineBinary } = process.env;
if (engineBinary === undefined) {
  process.stderr.write(
    "skipped: go-state-dir.test.ts needs SWARMKIT_TEST_ENGINE_BINARY=dockerd and root\n",
  );
}

let directory: ReturnType<typeof makeTempDir>;
let engine: ChildProcess | undefined;

beforeEach(() => {
  directory = makeTempDir();
});

afterEach(async () => {
  await stopEngine();
  directory.remove();
});

test.runIf(engineBinary !== undefined)("Go's log is taken over and given back", async () => {
  await startEngine();
  await docker("swarm", "init", "--advertise-addr", "127.0.0.1");
  await createConfigs("first", 3);
  await stopEngine();
  const host = await takeOver();
  expect(host.configNames()).toEqual(["first0", "first1", "first2"]);

  await startEngine();
  // The entry of ours is there, from our snapshot or from our part of the log.
  expect(await listConfigs()).toEqual(["first0", "first1", "first2", "ours"]);
  await createConfigs("second", 2);
  await stopEngine();
  const again = await takeOver();
  expect(again.configNames()).toEqual(["first0", "first1", "first2", "ours", "second0", "second1"]);
});

test.runIf(engineBinary !== undefined)(
  "a locked manager of Go's is, too, and the data key changes",
  async () => {
    await startEngine();
    await docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--autolock");
    await createConfigs("first", 3);
    const text = (await docker("swarm", "unlock-key", "--quiet")).trim();
    await stopEngine();
    const { nodeKey } = statePaths(join(directory.path, "data", "swarm"));
    await expect(KeyStore.open(nodeKey)).rejects.toMatchObject({ code: "node-locked" });
    const unlockKey = parseUnlockKey(text);
    const before = (await KeyStore.openExisting(nodeKey, unlockKey)).dataKeys?.current;
    const host = await takeOver({ unlockKey, rotatesDataKey: true });
    expect(host.configNames()).toEqual(["first0", "first1", "first2"]);
    const { dataKeys } = await KeyStore.openExisting(nodeKey, unlockKey);
    expect(dataKeys?.pending).toBeUndefined();
    expect(dataKeys?.current).not.toEqual(before);

    await startEngine();
    await unlock(text);
    expect(await listConfigs()).toEqual(["first0", "first1", "first2", "ours"]);
  },
);

interface TakeOver {
  readonly unlockKey?: Uint8Array | undefined;
  readonly rotatesDataKey?: boolean;
}

/** Opens the engine's swarm directory as a manager of ours; adds a config, and saves a snapshot. */
async function takeOver({ unlockKey, rotatesDataKey = false }: TakeOver = {}): Promise<StoreHost> {
  const paths = statePaths(join(directory.path, "data", "swarm"));
  const host = new StoreHost();
  const keyStore = await KeyStore.openExisting(paths.nodeKey, unlockKey);
  const keys = await keyStore.loadDataKeys({ create: false });
  const policy = { snapshotIntervalEntries: 5, slowFollowerEntries: 2, segmentBytes: 8192 };
  const rotated = Promise.withResolvers<void>();
  const keyRotated = (): Promise<void> => keyStore.endDataKeyRotation().then(rotated.resolve);
  const { driver } = await openLeader(paths.raft, { keys, keyRotated, ...policy }, host);
  if (rotatesDataKey) {
    // As a renewal does: the same private key, written anew.
    await keyStore.savePrivateKey(keyStore.privateKeyPem);
    driver.rotateDataKey(await keyStore.beginDataKeyRotation());
  }
  const seen = new StoreHost();
  seen.tables = structuredClone(host.tables);
  if (!host.configNames().includes("ours")) {
    driver.replica.propose(host.copyOfConfig("first0", "ours"));
    await host.until(() => host.configNames().includes("ours"));
  }
  if (rotatesDataKey) await rotated.promise;
  await driver.stop();
  expect(readdirSync(paths.snapshots).filter((name) => name.endsWith(".snap"))).toHaveLength(1);
  return seen;
}

const tableNames = [
  ...["node", "service", "network", "task", "cluster"],
  ...["secret", "resource", "extension", "config", "volume"],
] as const;

type AnyObject = { readonly id: string; readonly spec?: { annotations: { name: string } } };

/** A store without any rules: what the log says, by table and id. */
class StoreHost extends RecordingHost {
  tables: Record<string, Record<string, AnyObject>> = {};

  override applyEntry(entry: AppliedEntry): void {
    for (const action of getCodec("InternalRaftRequest").decode(entry.data).action) {
      this.applyAction(action);
    }
    super.applyEntry(entry);
  }

  override restoreSnapshot(store: Uint8Array, index: number): void {
    const snapshot = getCodec("StoreSnapshot").decode(store) as unknown as Record<
      string,
      readonly AnyObject[]
    >;
    this.tables = {};
    for (const name of tableNames) {
      for (const object of snapshot[`${name}s`] ?? []) this.table(name)[object.id] = object;
    }
    super.restoreSnapshot(Buffer.from("[]"), index);
  }

  override takeSnapshot(): () => Uint8Array {
    const lists = tableNames.map((name) => [`${name}s`, Object.values(this.table(name))]);
    const codec = getCodec("StoreSnapshot");
    return () => codec.encode(codec.create(Object.fromEntries(lists)));
  }

  configNames(): readonly string[] {
    return Object.values(this.table("config"))
      .map((config) => config.spec?.annotations.name ?? "")
      .sort();
  }

  copyOfConfig(name: string, copyName: string): Uint8Array {
    const configs = Object.values(this.table("config"));
    const found = configs.find((config) => config.spec?.annotations.name === name);
    const copy = structuredClone(found) as Record<string, unknown> & AnyObject;
    const spec = { ...copy.spec, annotations: { ...copy.spec?.annotations, name: copyName } };
    const config = { ...copy, id: "0123456789abcdefghijklmno", spec };
    const codec = getCodec("InternalRaftRequest");
    const action = { action: "STORE_ACTION_CREATE", config } as unknown as StoreAction;
    return codec.encode({ id: "7", action: [action] } as InternalRaftRequest);
  }

  private table(name: string): Record<string, AnyObject> {
    this.tables[name] ??= {};
    return this.tables[name];
  }

  private applyAction(action: StoreAction): void {
    for (const name of tableNames) {
      const object = action[name] as AnyObject | undefined;
      if (object === undefined) continue;
      if (action.action === "STORE_ACTION_REMOVE") delete this.table(name)[object.id];
      else this.table(name)[object.id] = object;
    }
  }
}

async function startEngine(): Promise<void> {
  const root = directory.path;
  for (const name of ["data", "exec", "etc", "run/plugins"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const script =
    "ip link set lo up; mkdir -p /run/docker /etc/docker; " +
    `mount --bind ${root}/etc /etc/docker; mount --bind ${root}/run /run/docker; exec "$@"`;
  const engineArguments = [
    ...[engineBinary ?? "", "--data-root", `${root}/data`, "--exec-root", `${root}/exec`],
    ...["--pidfile", `${root}/docker.pid`, "--host", `unix://${root}/docker.sock`],
    ...["--cgroup-parent", "/go-state-dir", "--bip", "172.31.9.1/24"],
  ];
  engine = spawn(
    "unshare",
    ["--mount", "--net", "--propagation", "slave", "sh", "-c", script, "x", ...engineArguments],
    { stdio: "ignore" },
  );
  // The engine gives no sign of being up but its answers; a manager answers once it leads.
  await untilAnswered("version");
  const state = (await docker("info", "--format", "{{.Swarm.LocalNodeState}}")).trim();
  if (!["inactive", "locked"].includes(state)) await untilAnswered("node", "ls");
}

async function stopEngine(): Promise<void> {
  const stopped = engine;
  engine = undefined;
  if (stopped === undefined || stopped.exitCode !== null) return;
  stopped.kill("SIGTERM");
  await once(stopped, "exit");
}

async function untilAnswered(...command: readonly string[]): Promise<void> {
  const ask = async (): Promise<true | undefined> => {
    if (engine?.exitCode !== null) throw new Error("the engine ended");
    return await docker(...command).then(
      () => true,
      () => undefined,
    );
  };
  await waitUntil(ask, { what: `the engine to answer "${command.join(" ")}"`, timeoutMs: 30_000 });
}

async function docker(...command: readonly string[]): Promise<string> {
  const socket = `unix://${directory.path}/docker.sock`;
  return (await promisify(execFile)("docker", ["--host", socket, ...command])).stdout;
}

/** Gives a locked engine its key, on standard input as the command wants it. */
async function unlock(unlockKey: string): Promise<void> {
  const socket = `unix://${directory.path}/docker.sock`;
  const unlocking = promisify(execFile)("docker", ["--host", socket, "swarm", "unlock"]);
  unlocking.child.stdin?.end(`${unlockKey}\n`);
  await unlocking;
  await untilAnswered("node", "ls");
}

async function createConfigs(prefix: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await docker("config", "create", `${prefix}${number}`, "/etc/hostname");
  }
}

async function listConfigs(): Promise<readonly string[]> {
  return (await docker("config", "ls", "--format", "{{.Name}}")).trim().split("\n").sort();
}
