// A swarm of several managers for a test, with one worker whose task has to go on undisturbed by whatever
// becomes of the managers.
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { DeepPartial, ServiceSpec } from "../../packages/proto/gen/types.ts";
import type { LocalNode, LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import { ControlCaller } from "./control-caller.ts";
import { NetworkLab } from "./network-lab.ts";
import { readStore } from "./stored-store.ts";
import { TestSwarm } from "./test-swarm.ts";
import { processWorkload } from "./workload.ts";

const callTimeoutMs = 2000;
const writeTimeoutMs = 10_000;
const manyTimeoutMs = 20_000;
const writesAtOnce = 16;
/** Some heartbeats. */
const settleMs = 1000;

export interface ManagersWorldOptions {
  readonly managers: number;
  /** Gives each node a network namespace of its own, so that they can be cut off; needs root. */
  readonly isolated?: boolean;
}

export class ManagersWorld {
  readonly swarm: TestSwarm;
  readonly lab: NetworkLab | undefined;
  readonly #callers: ControlCaller[] = [];
  #steady: { readonly serviceId: string; readonly instance: string } | undefined;

  private constructor(swarm: TestSwarm, lab: NetworkLab | undefined) {
    this.swarm = swarm;
    this.lab = lab;
  }

  /** Managers `manager-1` and so on, all reachable, and `worker-1` with its task RUNNING. */
  static async start({ managers, isolated }: ManagersWorldOptions): Promise<ManagersWorld> {
    const lab = isolated === true ? await NetworkLab.create("m") : undefined;
    const place = lab === undefined ? {} : { place: (name: string) => lab.add(name) };
    let world: ManagersWorld | undefined;
    try {
      const options = { managers, workers: 1, ...place };
      world = new ManagersWorld(await TestSwarm.startMany(processWorkload, options), lab);
      await world.local.waitUntilReachable(managers);
      await world.#startSteadyTask();
      return world;
    } catch (error) {
      await world?.swarm.destroy();
      await lab?.destroy();
      throw error;
    }
  }

  get local(): LocalSwarm {
    return this.swarm.local;
  }

  get managers(): readonly LocalNode[] {
    return this.local.managers;
  }

  /** A manager by its number, from 1. */
  manager(number: number): LocalNode {
    const node = this.managers[number - 1];
    if (node === undefined) throw new Error(`there is no manager ${number}`);
    return node;
  }

  /** A connection to a manager's socket, which ends with the world. */
  caller(node: LocalNode, timeoutMs: number = callTimeoutMs): ControlCaller {
    const caller = new ControlCaller({ socketPath: node.controlSocket, timeoutMs });
    this.#callers.push(caller);
    return caller;
  }

  /** Creates a service without replicas by a manager's socket, and again until it is done. */
  async write(node: LocalNode, name: string, timeoutMs: number = writeTimeoutMs): Promise<void> {
    const caller = this.caller(node);
    const check = async (): Promise<true | undefined> => {
      const end = await caller.call("CreateService", { spec: emptyService(name) });
      // A try whose answer got lost may have done it.
      const isDone =
        end.kind === "ok" || (end.kind === "refused" && end.status === "ALREADY_EXISTS");
      return isDone ? true : undefined;
    };
    await this.swarm.until(`${node.name} to create ${name}`, check, timeoutMs);
  }

  /** Many services, a few at a time; all must be acknowledged at once. */
  async writeMany(node: LocalNode, prefix: string, count: number): Promise<readonly string[]> {
    const caller = this.caller(node, manyTimeoutMs);
    const names = Array.from({ length: count }, (_, number) => `${prefix}-${number + 1}`);
    const rest = [...names];
    const run = async (): Promise<void> => {
      for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
        await caller.must("CreateService", { spec: emptyService(name) });
      }
    };
    await Promise.all(Array.from({ length: writesAtOnce }, run));
    return names;
  }

  /** The names of all services that a socket shows, sorted; without the worker's own. */
  async names(node: LocalNode): Promise<readonly string[]> {
    const { services } = await this.caller(node).must("ListServices", {});
    return services
      .map(({ spec }) => spec.annotations.name)
      .filter((name) => name !== "steady")
      .sort();
  }

  /** Kills all managers and compares what their disks hold. */
  async expectSameStores(managers: readonly LocalNode[] = this.managers): Promise<void> {
    // Followers learn from the next heartbeat what is committed.
    await pause(settleMs);
    await this.kill(...managers);
    const [first, ...others] = await Promise.all(managers.map(readStore));
    for (const [position, store] of others.entries()) {
      const who = `${managers[0]?.name} and ${managers[position + 1]?.name}`;
      expect(store, `the stores of ${who}`).toEqual(first);
    }
  }

  async kill(...nodes: readonly LocalNode[]): Promise<void> {
    await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
  }

  /** Starts managers that were killed; their sockets answer then. */
  async restart(...nodes: readonly LocalNode[]): Promise<void> {
    for (const node of nodes) node.start();
    await Promise.all(nodes.map((node) => this.local.waitUntilServing(node)));
  }

  /** The manager that leads, and the others that run. */
  async order(): Promise<readonly [LocalNode, ...LocalNode[]]> {
    const running = this.managers.filter(({ isRunning }) => isRunning);
    const leader = await this.local.waitForLeader(running[0]);
    return [leader, ...running.filter((node) => node !== leader)];
  }

  /** The worker's task has neither stopped nor been replaced, as its process tells. */
  async expectSteady(): Promise<void> {
    const seen = await this.swarm.observe();
    const instances = seen.map(({ instance }) => instance);
    expect(instances, "what runs on the worker").toEqual([this.#steady?.instance]);
  }

  /** The swarm agrees that the task runs. */
  async expectSteadyKnown(): Promise<void> {
    await this.expectSteady();
    await this.swarm.untilRunning(this.#steady?.serviceId ?? "", 1);
    await this.expectSteady();
  }

  /** Ends everything at once, without any order. */
  async destroy(): Promise<void> {
    for (const caller of this.#callers) caller.close();
    await this.kill(...this.local.nodes);
    await this.swarm.destroy();
    await this.lab?.destroy();
  }

  async #startSteadyTask(): Promise<void> {
    const pinned = ["--constraint", "node.role==worker"];
    const serviceId = await this.swarm.create("steady", 1, ...pinned);
    await this.swarm.untilRunning(serviceId, 1);
    const [running] = await this.swarm.observe();
    this.#steady = { serviceId, instance: running?.instance ?? "" };
  }
}

/** The least that is a service. */
function emptyService(name: string): DeepPartial<ServiceSpec> {
  return {
    annotations: { name },
    task: { container: { image: "none" } },
    replicated: { replicas: 0 },
  };
}
