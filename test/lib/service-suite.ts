// What a service does, on any executor: the same tests for processes and containers.
import { expect } from "vitest";
import type { Task } from "../../packages/proto/gen/types.ts";
import type { TestSwarm } from "./test-swarm.ts";

const restartDelayMs = 1500;

/** A test on a swarm of one manager and two workers; `clear` the swarm after it. */
export interface SwarmTest {
  readonly name: string;
  run(swarm: TestSwarm): Promise<void>;
}

export const serviceTests: readonly SwarmTest[] = [
  { name: "a service runs as many tasks as it is told to, on all nodes", run: testScale },
  { name: "a new image replaces all tasks, one after the other", run: testRollingUpdate },
  { name: "a task that is killed is replaced after the restart delay", run: testReplacement },
  {
    name: "a constraint that no node meets leaves tasks PENDING, with the reason",
    run: testConstraint,
  },
  {
    name: "a drained node's tasks move to others, and an active one gets tasks again",
    run: testDrain,
  },
];

async function testScale(swarm: TestSwarm): Promise<void> {
  const id = await swarm.create("scaled", 5);
  const five = await swarm.untilRunning(id, 5);
  expect(five.map(({ slot }) => slot)).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(five.map(({ nodeId }) => nodeId)).size).toBe(3);
  const before = await swarm.observe();
  expect(await swarm.local.mustCtl("service", "update", "scaled", "--replicas", "12")).toBe(
    `${id}\n`,
  );
  await swarm.untilRunning(id, 12);
  const after = await swarm.observe();
  expect(after, "the first five go on").toEqual(expect.arrayContaining([...before]));
  expect(await swarm.local.mustCtl("service", "update", "scaled", "--replicas", "2")).toBe(
    `${id}\n`,
  );
  const two = await swarm.untilRunning(id, 2);
  expect(await rowsOf(swarm, "scaled", two.length)).toEqual([id]);
  expect(await swarm.local.mustCtl("service", "remove", "scaled")).toBe("scaled\n");
  await swarm.untilEmpty();
}

/** The ids of services that the table shows with so many of so many replicas. */
async function rowsOf(swarm: TestSwarm, name: string, count: number): Promise<readonly string[]> {
  const table = await swarm.local.mustCtl("service", "ls");
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  const wanted = rows.filter(
    ([, cell, , replicas]) => cell === name && replicas === `${count}/${count}`,
  );
  return wanted.map(([id = ""]) => id);
}

async function testRollingUpdate(swarm: TestSwarm): Promise<void> {
  const [, image] = swarm.workload.images;
  const id = await swarm.create("rolled", 4, "--update-parallelism", "1");
  const before = await swarm.untilRunning(id, 4);
  await swarm.local.mustCtl("service", "update", "rolled", "--image", image);
  const counts: number[] = [];
  const rolled = await swarm.until("all tasks to have the new image", async () => {
    const running = (await swarm.tasks(id)).filter(({ status }) => status.state === "RUNNING");
    counts.push(running.length);
    const isDone = running.length === 4 && running.every((task) => hasImage(task, image));
    return isDone ? running : undefined;
  });
  expect(Math.min(...counts), `RUNNING at each look: ${counts}`).toBeGreaterThanOrEqual(3);
  const old = ids(before);
  expect(ids(rolled).filter((taskId) => old.includes(taskId))).toEqual([]);
  await swarm.untilRunning(id, 4, (task) => hasImage(task, image));
}

async function testReplacement(swarm: TestSwarm): Promise<void> {
  const delay = ["--restart-delay", `${restartDelayMs}ms`];
  const id = await swarm.create("killed", 3, ...delay);
  const before = await swarm.untilRunning(id, 3);
  const victim = before[1] as Task;
  await swarm.workload.kill(swarm.traces, victim.id);
  const after = await swarm.until("a replacement to run", async () => {
    const tasks = await swarm.tasks(id);
    return tasks.find(
      (task) => task.slot === victim.slot && task.id !== victim.id && isRunning(task),
    );
  });
  const ended = (await swarm.tasks(id)).find((task) => task.id === victim.id);
  expect(ended?.status.state).toBe("FAILED");
  expect(ended?.status.err).toBe(swarm.workload.killedError);
  const waitedMs = toMs(after) - toMs(ended as Task);
  expect(waitedMs).toBeGreaterThanOrEqual(restartDelayMs);
  expect(waitedMs).toBeLessThan(restartDelayMs + 10_000);
  const now = await swarm.untilRunning(id, 3);
  const others = before.filter((task) => task !== victim);
  expect(ids(now)).toEqual(expect.arrayContaining(ids(others)));
}

async function testConstraint(swarm: TestSwarm): Promise<void> {
  const id = await swarm.create("nowhere", 2, "--constraint", "node.hostname==elsewhere");
  const reason = "no suitable node (scheduling constraints not satisfied on 3 nodes)";
  const [task] = await swarm.until("two tasks to have a reason", async () => {
    const tasks = await swarm.tasks(id);
    return tasks.length === 2 && tasks.every(({ status }) => status.err === reason)
      ? tasks
      : undefined;
  });
  expect(task?.status.state).toBe("PENDING");
  expect(await inspected(swarm, task?.id ?? "")).toMatchObject({
    "Last State": "PENDING",
    Error: reason,
  });
  expect(await swarm.observe()).toEqual([]);
  await swarm.local.mustCtl(
    "service",
    "update",
    "nowhere",
    "--constraint",
    "node.hostname==worker-2",
  );
  const tasks = await swarm.untilRunning(id, 2);
  const nodes = await swarm.untilNodesReady();
  expect(tasks.map(({ nodeId }) => nodeId)).toEqual(Array(2).fill(nodes.get("worker-2")?.id));
}

/** The lines of `task inspect`, by their names. */
async function inspected(swarm: TestSwarm, taskId: string): Promise<Record<string, string>> {
  const text = await swarm.local.mustCtl("task", "inspect", taskId);
  const lines = text.split("\n").map((line) => /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((match) => (match === null ? [] : [[match[1], match[2]]])),
  );
}

async function testDrain(swarm: TestSwarm): Promise<void> {
  const id = await swarm.create("moved", 6);
  const before = await swarm.untilRunning(id, 6);
  const drained = (await swarm.untilNodesReady()).get("worker-1")?.id ?? "";
  expect(before.filter(({ nodeId }) => nodeId === drained)).toHaveLength(2);
  await swarm.local.mustCtl("node", "drain", "worker-1");
  const moved = await swarm.untilRunning(id, 6, ({ nodeId }) => nodeId !== drained);
  const stayed = before.filter(({ nodeId }) => nodeId !== drained);
  expect(ids(moved)).toEqual(expect.arrayContaining(ids(stayed)));
  await swarm.local.mustCtl("node", "activate", "worker-1");
  await swarm.local.mustCtl("service", "update", "moved", "--replicas", "9");
  const spread = await swarm.untilRunning(id, 9);
  expect(spread.filter(({ nodeId }) => nodeId === drained)).toHaveLength(3);
}

function hasImage(task: Task, image: string): boolean {
  return task.spec.container?.image === image;
}

function isRunning({ status, desiredState }: Task): boolean {
  return status.state === "RUNNING" && desiredState === "RUNNING";
}

function ids(tasks: readonly Task[]): string[] {
  return tasks.map(({ id }) => id).sort();
}

function toMs({ status }: Task): number {
  const { seconds = 0, nanos = 0 } = status.timestamp ?? {};
  return seconds * 1000 + nanos / 1e6;
}
