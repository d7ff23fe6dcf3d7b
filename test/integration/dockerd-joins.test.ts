// Docker's own swarm mode is SwarmKit: a stock dockerd joins our manager as a worker and does as it is told.
// Needs root and a dockerd, named by an environment variable, because it starts an engine of its own.
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Cluster, Node, NodeStatusState } from "../../packages/proto/gen/types.ts";
import { services } from "../../packages/proto/src/index.ts";
import { RpcClient } from "../../packages/swarmd/src/shell/grpc/client.ts";
import { type Engine, ensureEngine } from "../../scripts/lib/engine.ts";
import { callEngine } from "../../scripts/lib/engine-api.ts";
import { makeTestFolder, type TestFolder } from "../lib/swarmd-run.ts";
import { TestSwarm } from "../lib/test-swarm.ts";
import { dockerWorkload, listContainers } from "../lib/workload.ts";

const { SWARMKIT_TEST_ENGINE_BINARY: engineBinary = "" } = process.env;
if (engineBinary === "") {
  process.stderr.write(
    "SKIPPED: dockerd as a worker, as SWARMKIT_TEST_ENGINE_BINARY names no dockerd (needs root)\n",
  );
}

/** Sooner than the usual 5 s, so that a node that has left is DOWN after about 3 s. */
const heartbeatPeriod = { seconds: 1, nanos: 0 };
/** An agent that finds no manager tries again within 8 s. */
const reconnectTimeoutMs = 20_000;

let folder: TestFolder;
let engine: Engine;
let swarm: TestSwarm;
let nodeId: string;

describe.runIf(engineBinary !== "")("a stock dockerd that joins as a worker", () => {
  beforeAll(async () => {
    folder = makeTestFolder();
    const directory = join(folder.path, "engine");
    engine = await ensureEngine({ directory, install: false, mayShare: false });
    // The manager's own node must not run what is meant for dockerd.
    const workload = await dockerWorkload(engine.socketPath);
    swarm = await TestSwarm.start({ ...workload, flags: ["--executor", "process"] }, 0);
    await shortenHeartbeats();
    nodeId = await joinSwarm();
  });
  afterEach(() => swarm.clear());
  afterAll(async () => {
    await swarm?.destroy();
    await engine?.stop();
    folder.remove();
  });

  test("is READY, and says what its engine has", async () => {
    const { description, role, managerStatus } = await untilState("READY");
    expect({ role, managerStatus }).toEqual({ role: "WORKER" });
    expect(description?.platform).toMatchObject({ os: "linux" });
    expect(description?.engine?.engineVersion).toBe(engine.version);
    expect(description?.engine?.plugins).toContainEqual({ type: "Network", name: "overlay" });
  });
  test("runs as many tasks as it is told to, and leaves none behind", testScale);
  test("reports why a task failed", testFailure);
  test("keeps its containers while the manager is killed, and finds it again", testManagerKilled);
  test("is DOWN once it has left, and can be removed", async () => {
    await callEngine(engine.socketPath, { method: "POST", path: "/swarm/leave" });
    await untilState("DOWN");
    await swarm.local.mustCtl("node", "remove", nodeId);
    expect((await swarm.nodes()).map(({ id }) => id)).not.toContain(nodeId);
  });
});

async function testScale(): Promise<void> {
  const id = await create("scaled", 3);
  await swarm.untilRunning(id, 3);
  await swarm.local.mustCtl("service", "update", "scaled", "--replicas", "1");
  const [task] = await swarm.untilRunning(id, 1);
  const containers = await listContainers(engine.socketPath, [nodeId]);
  const container = containers.find(({ Id }) => Id === task?.status.container?.containerId);
  expect(container?.Labels).toMatchObject({
    "com.docker.swarm.task.id": task?.id,
    "com.docker.swarm.service.id": id,
    "com.docker.swarm.service.name": "scaled",
  });
  await swarm.local.mustCtl("service", "remove", "scaled");
  await swarm.untilEmpty();
  await swarm.until("no container to be left", async () => {
    const left = await listContainers(engine.socketPath, [nodeId]);
    return left.length === 0 ? true : undefined;
  });
}

async function testFailure(): Promise<void> {
  const [image] = swarm.workload.images;
  const end = ["--command", "sh,-c", "--args", "exit 3", "--restart-condition", "none"];
  const flags = ["--name", "failing", "--image", image, ...end, ...onDockerd()];
  const id = (await swarm.local.mustCtl("service", "create", ...flags)).trim();
  const status = await swarm.until("the task to fail", async () => {
    const [task] = await swarm.tasks(id);
    return task?.status.state === "FAILED" ? task.status : undefined;
  });
  expect(status.err).toBe("task: non-zero exit (3)");
  expect(status.container?.exitCode).toBe(3);
}

async function testManagerKilled(): Promise<void> {
  const { local } = swarm;
  const id = await create("lasting", 2);
  await swarm.untilRunning(id, 2);
  const before = await swarm.observe();
  await swarm.kill(local.manager);
  local.start(local.manager);
  await local.waitUntilServing();
  await untilState("READY");
  await local.mustCtl("service", "update", "lasting", "--replicas", "3");
  await swarm.untilRunning(id, 3);
  expect(await swarm.observe(), "the first two go on").toEqual(expect.arrayContaining([...before]));
}

function create(name: string, replicas: number): Promise<string> {
  return swarm.create(name, replicas, ...onDockerd());
}

function onDockerd(): readonly string[] {
  return ["--constraint", `node.id==${nodeId}`];
}

/** Joins over a loopback address of its own: engines side by side must not share gossip ports. */
async function joinSwarm(): Promise<string> {
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.1`;
  const body = {
    ListenAddr: `${address}:2377`,
    AdvertiseAddr: address,
    RemoteAddrs: [swarm.local.managerAddress],
    JoinToken: await swarm.local.joinToken("worker"),
  };
  await callEngine(engine.socketPath, { method: "POST", path: "/swarm/join", body });
  const info = await callEngine(engine.socketPath, { method: "GET", path: "/info" });
  return JSON.parse(info).Swarm.NodeID;
}

function untilState(state: NodeStatusState): Promise<Node> {
  const check = async (): Promise<Node | undefined> => {
    const nodes = await swarm.nodes();
    return nodes.find(({ id, status }) => id === nodeId && status.state === state);
  };
  return swarm.until(`dockerd to be ${state}`, check, reconnectTimeoutMs);
}

async function shortenHeartbeats(): Promise<void> {
  const [cluster] = await swarm.local.list<Cluster>("cluster", "ls");
  const client = new RpcClient(`unix:${swarm.local.manager.controlSocket}`, { kind: "local" });
  const { GetCluster, UpdateCluster } = services.Control;
  const options = { timeoutMs: 5000 };
  const clusterId = cluster?.id ?? "";
  const { cluster: current } = await client.call(GetCluster, { clusterId }, options);
  if (current === undefined) throw new Error("the swarm has no cluster object");
  const { spec, meta } = current;
  const dispatcher = { ...spec.dispatcher, heartbeatPeriod };
  const request = { clusterId, clusterVersion: meta.version, spec: { ...spec, dispatcher } };
  const rotation = {
    workerJoinToken: false,
    managerJoinToken: false,
    managerUnlockKey: false,
  };
  await client.call(UpdateCluster, { ...request, rotation }, options);
  client.close();
}
