// What every executor must do, told once: the tests of each run these cases against it. The cases use
// no test framework, so that they can be part of the package.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { DeepPartial, Node, Task, TaskSpec } from "@swarmkit/proto/types";
import { type Controller, type Executor, ExecutorError } from "../shell/executor/port.ts";
import { aNode, aTask } from "./builders.ts";

/** How to have an executor do what a case needs. */
export interface ExecutorFixture {
  /** An executor on the same host each time, as before and after a restart of swarmd. */
  open(): Promise<Executor>;
  /** Runs until it is stopped, and stops as soon as it is asked to. */
  readonly lasting: DeepPartial<TaskSpec>;
  /** Ends at once with exit code 3. */
  readonly failing: DeepPartial<TaskSpec>;
  /** Ends at once with exit code 0. */
  readonly finishing: DeepPartial<TaskSpec>;
  /** Does not stop when asked to, and has a short grace period. */
  readonly stubborn: DeepPartial<TaskSpec>;
  /** Resolves when the stubborn task, which has been started, ignores stops. */
  untilStubborn?(taskId: string): Promise<void>;
  /** Cannot be prepared; the error says what the pattern describes. */
  readonly impossible: { readonly spec: DeepPartial<TaskSpec>; readonly reason: RegExp };
}

export interface ContractCase {
  readonly name: string;
  run(fixture: ExecutorFixture): Promise<void>;
}

export const executorContract: readonly ContractCase[] = [
  {
    name: "a task is prepared, started, stopped and removed, leaving nothing",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = executor.controller(theTask(fixture.lasting));
        await controller.prepare(unaborted);
        await controller.start(unaborted);
        const exit = controller.wait(unaborted);
        await controller.shutdown(unaborted);
        ok((await exit).exitCode !== undefined);
        await controller.remove(unaborted);
        deepEqual(await executor.list(), []);
      }),
  },
  {
    name: "wait tells the exit code of a task that failed",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = await startTask(executor, theTask(fixture.failing));
        equal((await controller.wait(unaborted)).exitCode, 3);
      }),
  },
  {
    name: "wait tells exit code 0 of a task that finished",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = await startTask(executor, theTask(fixture.finishing));
        equal((await controller.wait(unaborted)).exitCode, 0);
      }),
  },
  {
    name: "the exit code of a task that ended long ago can be had again",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = await startTask(executor, theTask(fixture.failing));
        await controller.wait(unaborted);
        await controller.start(unaborted);
        equal((await controller.wait(unaborted)).exitCode, 3);
      }),
  },
  {
    name: "a task that cannot be prepared is rejected with the reason",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = executor.controller(theTask(fixture.impossible.spec));
        await rejects(controller.prepare(unaborted), (error: unknown) => {
          ok(error instanceof ExecutorError);
          ok(!error.retryable, `"${error.message}" must not be retryable`);
          ok(fixture.impossible.reason.test(error.message), error.message);
          return true;
        });
        await controller.shutdown(unaborted);
        await controller.remove(unaborted);
      }),
  },
  {
    name: "preparing and starting twice is the same as once",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = executor.controller(theTask(fixture.lasting));
        await controller.prepare(unaborted);
        await controller.prepare(unaborted);
        await controller.start(unaborted);
        const before = await controller.containerStatus();
        await controller.prepare(unaborted);
        await controller.start(unaborted);
        deepEqual(await controller.containerStatus(), before);
        equal((await executor.list()).length, 1);
      }),
  },
  {
    name: "stopping and removing what was never there succeeds",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = executor.controller(theTask(fixture.lasting));
        await controller.shutdown(unaborted);
        await controller.terminate(unaborted);
        await controller.remove(unaborted);
        await executor.removeOrphan("no-such-task");
      }),
  },
  {
    name: "a task that ignores the stop is killed after its grace period",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const task = theTask(fixture.stubborn);
        const controller = await startTask(executor, task);
        await fixture.untilStubborn?.(task.id);
        await controller.shutdown(unaborted);
        equal((await controller.wait(unaborted)).exitCode, 137);
      }),
  },
  {
    name: "terminate kills at once",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = await startTask(executor, theTask(fixture.lasting));
        await controller.terminate(unaborted);
        equal((await controller.wait(unaborted)).exitCode, 137);
      }),
  },
  {
    name: "an aborted wait rejects and leaves the task running",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = await startTask(executor, theTask(fixture.lasting));
        const abort = new AbortController();
        const wait = controller.wait(abort.signal);
        abort.abort();
        await rejects(wait);
        await controller.shutdown(unaborted);
        ok((await controller.wait(unaborted)).exitCode !== 0);
      }),
  },
  {
    name: "a running task is adopted by the executor that comes after a restart",
    run: async (fixture) => {
      const task = theTask(fixture.lasting);
      const before = await open(fixture);
      const status = await (await startTask(before, task)).containerStatus();
      await before.close();
      await withExecutor(fixture, async (after) => {
        const controller = after.controller(task);
        await controller.prepare(unaborted);
        await controller.start(unaborted);
        deepEqual(await controller.containerStatus(), status);
        const wait = controller.wait(unaborted);
        await controller.shutdown(unaborted);
        ok((await wait).exitCode !== 0);
      });
    },
  },
  {
    name: "a task that ended while swarmd was away still tells its exit code",
    run: async (fixture) => {
      const task = theTask(fixture.failing);
      const before = await open(fixture);
      const controller = await startTask(before, task);
      await controller.wait(unaborted);
      controller.close();
      await before.close();
      await withExecutor(fixture, async (after) => {
        equal((await after.controller(task).wait(unaborted)).exitCode, 3);
      });
    },
  },
  {
    name: "a leftover of a task that nobody knows is listed and can be removed",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const task = theTask(fixture.lasting);
        await startTask(executor, task);
        deepEqual(await executor.list(), [{ taskId: task.id }]);
        await executor.removeOrphan(task.id);
        deepEqual(await executor.list(), []);
      }),
  },
  {
    name: "waiting for a task whose container is gone fails for good",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const controller = executor.controller(theTask(fixture.lasting));
        await rejects(controller.wait(unaborted), (error: unknown) => {
          ok(error instanceof ExecutorError && !error.retryable);
          return true;
        });
      }),
  },
  {
    name: "a host describes itself",
    run: (fixture) =>
      withExecutor(fixture, async (executor) => {
        const { hostname, platform, resources } = await executor.describe();
        ok(hostname !== "" && platform?.os !== "" && platform?.architecture !== "");
        ok((resources?.nanoCpus ?? 0) > 0 && (resources?.memoryBytes ?? 0) > 0);
      }),
  },
];

const unaborted: AbortSignal = new AbortController().signal;
const contractNodeId = "node-contract";

let taskCount = 0;

/** A task of its own for every case, so that one that fails leaves the others alone. */
function theTask(spec: DeepPartial<TaskSpec>): Task {
  taskCount += 1;
  const id = `contract-${process.pid}-${taskCount}`;
  return aTask({ id, nodeId: contractNodeId, slot: taskCount, spec });
}

async function startTask(executor: Executor, task: Task): Promise<Controller> {
  const controller = executor.controller(task);
  await controller.prepare(unaborted);
  await controller.start(unaborted);
  return controller;
}

async function open(fixture: ExecutorFixture): Promise<Executor> {
  const executor = await fixture.open();
  const node: Node = aNode({ id: contractNodeId });
  await executor.configure(node);
  return executor;
}

/** Runs `body` with an executor, and removes whatever it leaves on the host. */
async function withExecutor(
  fixture: ExecutorFixture,
  body: (executor: Executor) => Promise<void>,
): Promise<void> {
  const executor = await open(fixture);
  try {
    await body(executor);
  } finally {
    for (const { taskId } of await executor.list()) await executor.removeOrphan(taskId);
    await executor.close();
  }
}
