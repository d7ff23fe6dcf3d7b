// What a controller does about answers that are late, lost or refused, with an engine that can be
// told to misbehave; what it does with a real one is in test/integration.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { taskName } from "../../core/model/naming.ts";
import { aTask } from "../../testing/builders.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Controller } from "../executor/port.ts";
import { silentLogger } from "../log.ts";
import { taskLabels } from "./container-config.ts";
import { DockerExecutor } from "./docker-executor.ts";

const task = aTask({ id: "t1", spec: { container: { image: "web:1" } } });
const { signal } = new AbortController();
/** Every pause is over at once. */
const hastyClock: Clock = {
  now: systemClock.now,
  setTimer: (_atMs, fire) => {
    const timer = setImmediate(fire);
    return () => clearImmediate(timer);
  },
};

let directory: string;
let server: Server;
let executor: DockerExecutor;
let controller: Controller;
/** State of the one container, as the engine names it. */
let state: "none" | "created" | "running" | "exited";
let starts: number;
let behaviour: Readonly<Record<string, ((response: ServerResponse) => void) | undefined>>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "engine-"));
  const socketPath = join(directory, "docker.sock");
  [state, starts, behaviour] = ["none", 0, {}];
  server = createServer(answer).listen(socketPath);
  await once(server, "listening");
  executor = new DockerExecutor({ socketPath, clock: hastyClock, log: silentLogger });
  controller = executor.controller(task);
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await executor.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a container whose creation was given up is removed once it is there", async () => {
  const asked = Promise.withResolvers<ServerResponse>();
  behaviour = { create: asked.resolve };
  const abort = new AbortController();
  const prepared = controller.prepare(abort.signal);
  const response = await asked.promise;
  abort.abort();
  await expect(prepared).rejects.toThrow("aborted");
  const removed = controller.remove(signal);
  // The engine goes on, whoever has hung up, and is asked in between.
  expect(await executor.controller(task).containerStatus()).toBeUndefined();
  state = "created";
  response.writeHead(201).end('{"Id":"c1"}');
  await removed;
  expect(state).toBe("none");
});

test("a task that has ended is not run again because the answer to its start was lost", async () => {
  await controller.prepare(signal);
  behaviour = {
    start: (response) => {
      starts += 1;
      state = "exited";
      response.destroy();
    },
  };
  await expect(controller.start(signal)).rejects.toMatchObject({ retryable: true });
  behaviour = {};
  await controller.start(signal);
  expect(starts).toBe(1);
  expect(await controller.wait(signal)).toEqual({ exitCode: 0 });
});

test("a look that the engine refuses is made again, though no event asks for it", async () => {
  await controller.prepare(signal);
  await controller.start(signal);
  let refusals = 0;
  behaviour = {
    look: (response) => {
      refusals += 1;
      if (refusals === 3) {
        state = "exited";
        behaviour = {};
      }
      response.writeHead(503).end('{"message":"not yet"}');
    },
  };
  expect(await controller.wait(signal)).toEqual({ exitCode: 0 });
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const route = routeOf(request);
  const special = behaviour[route];
  if (special !== undefined) special(response);
  else usual[route]?.(response);
}

/** What an engine in good health does. */
const usual: Readonly<Record<string, (response: ServerResponse) => void>> = {
  version: (response) => response.end('{"ApiVersion":"1.41"}'),
  create: (response) => {
    state = "created";
    response.writeHead(201).end('{"Id":"c1"}');
  },
  start: (response) => {
    starts += 1;
    state = "running";
    response.writeHead(204).end();
  },
  look: (response) => {
    if (state === "none") response.writeHead(404).end('{"message":"No such container"}');
    else response.end(JSON.stringify(container()));
  },
  remove: (response) => {
    state = "none";
    response.writeHead(204).end();
  },
  // Headers only: an engine where nothing happens.
  events: (response) => response.flushHeaders(),
};

function routeOf({ method, url = "" }: IncomingMessage): string {
  if (url.includes("/version")) return "version";
  if (url.includes("/events")) return "events";
  if (url.includes("/containers/create")) return "create";
  if (url.endsWith("/start")) return "start";
  return method === "DELETE" ? "remove" : "look";
}

function container(): object {
  return {
    Id: "c1",
    Name: `/${taskName(task)}`,
    Config: { Labels: { [taskLabels.taskId]: task.id } },
    State: { Status: state, Running: state === "running", ExitCode: 0, Error: "", Pid: 1 },
    NetworkSettings: { Ports: {} },
  };
}
