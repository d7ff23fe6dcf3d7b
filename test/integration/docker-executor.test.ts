import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../packages/swarmd/src/shell/clock.ts";
import { DockerExecutor } from "../../packages/swarmd/src/shell/docker/docker-executor.ts";
import { silentLogger } from "../../packages/swarmd/src/shell/log.ts";
import { aNode, aTask } from "../../packages/swarmd/src/testing/builders.ts";
import { executorContract } from "../../packages/swarmd/src/testing/executor-contract.ts";
import { ensureTestImage } from "../../scripts/lib/test-image.ts";

const { SWARMKIT_TEST_ENGINE: socketPath = "" } = process.env;
const image = "swarmkit-test:latest";
const nodeId = "node-docker-test";
const unaborted = new AbortController().signal;

if (socketPath === "") {
  process.stderr.write(
    "SKIPPED: the docker executor's tests, as SWARMKIT_TEST_ENGINE names no engine's socket\n",
  );
} else {
  await ensureTestImage(socketPath);
}

const opened: DockerExecutor[] = [];

async function open(): Promise<DockerExecutor> {
  const executor = new DockerExecutor({ socketPath, clock: systemClock, log: silentLogger });
  opened.push(executor);
  await executor.configure(aNode({ id: nodeId }));
  return executor;
}

afterAll(async () => {
  for (const executor of opened) await executor.close();
});

describe.runIf(socketPath !== "")("the docker executor keeps the contract", () => {
  for (const { name, run } of executorContract) {
    test(name, async () => {
      await run({
        open,
        lasting: shell("trap 'exit 143' TERM; sleep 1000 & wait"),
        failing: shell("exit 3"),
        finishing: shell("exit 0"),
        stubborn: {
          container: {
            ...shell("trap '' TERM; : >/tmp/stubborn; while :; do sleep 1; done").container,
            // The start waits for it, so the stop comes when it is ignored.
            healthcheck: {
              test: ["CMD-SHELL", "test -e /tmp/stubborn"],
              interval: { seconds: 0, nanos: 1e8 },
            },
            stopGracePeriod: { seconds: 0, nanos: 1e8 },
          },
        },
        impossible: {
          spec: { container: { image: "swarmkit.invalid/no-such-image:1" } },
          reason: /No such image: swarmkit\.invalid\/no-such-image:1/,
        },
      });
    });
  }
});

describe.runIf(socketPath !== "")("the docker executor", () => {
  test("a container that becomes healthy lets its start end, one that does not fails", async () => {
    const executor = await open();
    const check = (command: string): object => ({
      container: {
        ...shell("trap 'exit 143' TERM; sleep 1000 & wait").container,
        healthcheck: {
          test: ["CMD-SHELL", command],
          interval: { seconds: 0, nanos: 1e8 },
          retries: 1,
        },
      },
    });
    const good = executor.controller(aTask({ id: "health-good", nodeId, spec: check("true") }));
    const bad = executor.controller(
      aTask({ id: "health-bad", nodeId, spec: check("echo sick; false") }),
    );
    try {
      await good.prepare(unaborted);
      await good.start(unaborted);
      await bad.prepare(unaborted);
      await expect(bad.start(unaborted)).rejects.toThrow("unhealthy container: sick");
    } finally {
      await good.remove(unaborted);
      await bad.remove(unaborted);
    }
  });

  test("limits, labels and host ports reach the container", async () => {
    const executor = await open();
    const task = aTask({
      id: "fields",
      nodeId,
      spec: {
        ...shell("trap 'exit 143' TERM; sleep 1000 & wait"),
        resources: { limits: { nanoCpus: 5e8, memoryBytes: 64 * 2 ** 20 } },
      },
      endpoint: { ports: [{ protocol: "TCP", targetPort: 80, publishMode: "HOST" }] },
    });
    const controller = executor.controller(task);
    try {
      await controller.prepare(unaborted);
      await controller.start(unaborted);
      const ports = (await controller.portStatus())?.ports;
      expect(ports).toMatchObject([{ protocol: "TCP", targetPort: 80, publishMode: "HOST" }]);
      expect(ports?.[0]?.publishedPort).toBeGreaterThan(0);
    } finally {
      await controller.remove(unaborted);
    }
  });

  test("a task whose name is taken by a foreign container is rejected and leaves that one be", async () => {
    const executor = await open();
    const annotations = { name: "taken" };
    const spec = shell("trap 'exit 143' TERM; sleep 1000 & wait");
    const owner = executor.controller(aTask({ id: "owner", nodeId, annotations, spec }));
    const other = executor.controller(aTask({ id: "other", nodeId, annotations, spec }));
    try {
      await owner.prepare(unaborted);
      await owner.start(unaborted);
      await expect(other.prepare(unaborted)).rejects.toThrow("a container named taken exists");
      await other.remove(unaborted);
      expect(await executor.list()).toEqual([{ taskId: "owner" }]);
    } finally {
      await owner.remove(unaborted);
    }
  });
});

describe.runIf(socketPath !== "")("the docker executor's engine", () => {
  test("goes away and fails no task; an end that it saw alone is told later", async () => {
    const proxy = await EngineProxy.open();
    const executor = new DockerExecutor({
      socketPath: proxy.socketPath,
      clock: systemClock,
      log: silentLogger,
    });
    const direct = (await open()).controller(lastingTask("outage"));
    try {
      const controller = executor.controller(lastingTask("outage"));
      await controller.prepare(unaborted);
      await controller.start(unaborted);
      const exit = controller.wait(unaborted);
      await proxy.goAway();
      await expect(controller.shutdown(unaborted)).rejects.toMatchObject({ retryable: true });
      await direct.shutdown(unaborted);
      await proxy.comeBack();
      expect((await exit).exitCode).toBe(143);
    } finally {
      await direct.remove(unaborted);
      await executor.close();
      await proxy.goAway();
    }
  });

  test("gives a retryable error that names its socket when it is not there", async () => {
    const executor = new DockerExecutor({
      socketPath: "/nonexistent/docker.sock",
      clock: systemClock,
      log: silentLogger,
    });
    await expect(executor.describe()).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
      message: expect.stringContaining("/nonexistent/docker.sock"),
    });
    await executor.close();
  });
});

function lastingTask(id: string): ReturnType<typeof aTask> {
  return aTask({ id, nodeId, spec: shell("trap 'exit 143' TERM; sleep 1000 & wait") });
}

/** Stands between executor and engine, so that the engine can go away and its containers stay. */
class EngineProxy {
  readonly #directory = mkdtempSync(join(tmpdir(), "engine-proxy-"));
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  static async open(): Promise<EngineProxy> {
    const proxy = new EngineProxy();
    await proxy.comeBack();
    return proxy;
  }

  get socketPath(): string {
    return join(this.#directory, "docker.sock");
  }

  async comeBack(): Promise<void> {
    this.#server = createServer((near) => {
      const far = createConnection(socketPath);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        // Breaking connections is what this is for.
        socket.on("error", () => undefined);
        socket.on("close", () => this.#sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    this.#server.listen(this.socketPath);
    await once(this.#server, "listening");
  }

  async goAway(): Promise<void> {
    const closed = this.#server && once(this.#server, "close");
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = undefined;
  }
}

function shell(script: string): { container: object } {
  return { container: { image, command: ["sh", "-c", script] } };
}
