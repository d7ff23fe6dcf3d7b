import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeepPartial, NodeDescription, Task } from "@swarmkit/proto/types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPrng } from "../../core/lib/prng.ts";
import { aTask } from "../../testing/builders.ts";
import { FakeDispatcher } from "../../testing/fake-dispatcher.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { FakeExecutor, FakeHost } from "../executor/fake.ts";
import { silentLogger } from "../log.ts";
import { Agent, type AgentObserver } from "./agent.ts";
import { Journal } from "./journal.ts";

const description: NodeDescription = { hostname: "fake-1", fips: false, csiInfo: [] };

let directory: string;
let host: FakeHost;
let dispatcher: FakeDispatcher;
let agents: Agent[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-"));
  host = new FakeHost();
  dispatcher = new FakeDispatcher();
  agents = [];
});
afterEach(async () => {
  for (const agent of agents) await agent.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** An agent on the same host, journal and manager each time; its clock passes by itself. */
async function startAgent(observer: AgentObserver = {}): Promise<Agent> {
  const clock = new ManualClock({ isEager: true });
  const agent = new Agent({
    executor: new FakeExecutor({ clock, hostname: "fake-1", host }),
    journal: await Journal.open(directory, silentLogger),
    connect: dispatcher.connect,
    clock,
    prng: createPrng(1),
    describe: async () => description,
    log: silentLogger,
    observer,
  });
  agents.push(agent);
  await agent.start();
  return agent;
}

function anAssigned(id: string, labels: Readonly<Record<string, string>> = {}): Task {
  const spec: DeepPartial<Task["spec"]> = { container: { labels } };
  return aTask({ id, status: { state: "ASSIGNED" }, spec });
}

describe("the agent", () => {
  test("runs what is assigned and reports it running", async () => {
    await startAgent();
    dispatcher.assign(anAssigned("a"), anAssigned("b"));
    const status = await dispatcher.reported("a", "RUNNING");
    await dispatcher.reported("b", "RUNNING");
    expect(status).toMatchObject({ state: "RUNNING", container: { containerId: "fake-a" } });
    expect([...host.taskIds].sort()).toEqual(["a", "b"]);
  });

  test("reports how a task ended", async () => {
    await startAgent();
    const labels = { "swarmkit.fake.duration-ms": "10", "swarmkit.fake.exit-code": "7" };
    dispatcher.assign(anAssigned("a", labels));
    expect(await dispatcher.reported("a", "COMPLETE")).toMatchObject({
      state: "FAILED",
      err: "task: non-zero exit (7)",
      container: { exitCode: 7 },
    });
  });

  test("reports why a task was rejected", async () => {
    await startAgent();
    dispatcher.assign(anAssigned("a", { "swarmkit.fake.reject": "No such image: x:1" }));
    const status = await dispatcher.reported("a", "REJECTED");
    expect(status).toMatchObject({ state: "REJECTED", err: "No such image: x:1" });
  });

  test("removes what is no longer assigned and lets the rest run", async () => {
    await startAgent();
    dispatcher.assign(anAssigned("a"), anAssigned("b"));
    await dispatcher.reported("a", "RUNNING");
    await dispatcher.reported("b", "RUNNING");
    const gone = untilHost(() => host.taskIds.join() === "b");
    dispatcher.unassign(anAssigned("a"));
    await gone;
    expect(host.find("b")?.state).toBe("running");
  });

  test("hands on what the manager says about node, managers and trust root", async () => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    await startAgent({ sessionMessage: ({ node }) => resolve(node?.id) });
    expect(await promise).toBe("node-1");
  });

  test("removes everything when the node leaves", async () => {
    const agent = await startAgent();
    dispatcher.assign(anAssigned("a"), anAssigned("b"));
    await dispatcher.reported("b", "RUNNING");
    await agent.leave();
    expect(host.taskIds).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("the agent's restarts and breaks", () => {
  test("leave tasks running, and the next agent takes them up without a manager", async () => {
    const first = await startAgent();
    dispatcher.assign(anAssigned("a"));
    await dispatcher.reported("a", "RUNNING");
    await first.stop();
    expect(host.find("a")?.state).toBe("running");
    dispatcher.goAway();
    const { promise: lost, resolve } = Promise.withResolvers<string>();
    await startAgent({ sessionLost: resolve });
    expect(await lost).toBe("the manager is away");
    host.end("a", 9);
    dispatcher.comeBack();
    expect(await dispatcher.reported("a", "FAILED")).toMatchObject({
      err: "task: non-zero exit (9)",
    });
  });

  test("end in the same session, and every status is told anew", async () => {
    await startAgent();
    dispatcher.assign(anAssigned("a"));
    await dispatcher.reported("a", "RUNNING");
    dispatcher.goAway();
    dispatcher.statuses.clear();
    dispatcher.comeBack();
    await dispatcher.reported("a", "RUNNING");
    expect(dispatcher.sessions.map(({ sessionId }) => sessionId)).toEqual(["", "session-1"]);
    expect(dispatcher.sessions[0]?.description).toEqual(description);
  });

  test("leave nothing behind that neither manager nor journal knows", async () => {
    host.set("leftover", { state: "running" });
    dispatcher.assign(anAssigned("a"));
    const gone = untilHost(() => host.find("leftover") === undefined);
    await startAgent();
    await gone;
    await dispatcher.reported("a", "RUNNING");
    expect(host.taskIds).toEqual(["a"]);
  });
});

async function untilHost(isReached: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unwatch = host.watch(() => isReached() && resolve());
  if (isReached()) resolve();
  await promise;
  unwatch();
}
