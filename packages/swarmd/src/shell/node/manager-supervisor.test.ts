// A manager comes and goes with the node's role; the managers here do nothing but say what they are told.
import { beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { silentLogger } from "../log.ts";
import type { KeyStore } from "../state-dir/key-store.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { SwarmAuthority } from "../tls/testing/swarm-authority.ts";
import {
  ManagerSupervisor,
  restartDelayMs,
  roleChangeTimeoutMs,
  type SupervisedManager,
} from "./manager-supervisor.ts";

const swarm = new SwarmAuthority();
const worker = swarm.issue("swarm-worker");
const manager = swarm.issue("swarm-manager");

let clock: ManualClock;
let security: SecurityConfig;
let events: string[];
let supervisor: ManagerSupervisor;
/** How the next managers start; serving when there is none left. */
let starts: (() => Promise<"serving" | "never-founded">)[];
let remove: () => void;
let isWanted: boolean;

beforeEach(() => {
  clock = new ManualClock();
  events = [];
  starts = [];
  isWanted = false;
});

function supervise(identity: typeof worker): void {
  security = new SecurityConfig({ identity, keys: {} as KeyStore });
  let count = 0;
  supervisor = new ManagerSupervisor({
    security,
    clock,
    log: silentLogger,
    create: (removed): SupervisedManager => {
      count += 1;
      const name = `manager ${count}`;
      remove = removed;
      return {
        start: async () => {
          events.push(`start ${name}`);
          return await (starts.shift() ?? (() => Promise.resolve("serving" as const)))();
        },
        stop: async () => {
          events.push(`stop ${name}`);
        },
      };
    },
    started: async () => {
      events.push("started");
    },
    forget: async () => {
      events.push("forget");
    },
    renewCertificate: () => events.push("renew"),
    isWanted: () => isWanted,
  });
}

/** Lets all promises come to rest, and gives what happened since the last call. */
async function happened(): Promise<readonly string[]> {
  await new Promise(setImmediate);
  return events.splice(0);
}

describe("a node that starts", () => {
  test("as a manager has one", async () => {
    supervise(manager);
    expect(await supervisor.start({ isPatient: false })).toBe("serving");
    expect(supervisor.isServing).toBe(true);
    expect(await happened()).toEqual(["start manager 1", "started"]);
  });

  test("as a worker has none", async () => {
    supervise(worker);
    expect(await supervisor.start({ isPatient: false })).toBe("not-a-manager");
    expect(supervisor.isServing).toBe(false);
    expect(await happened()).toEqual([]);
  });

  test("and cannot start its manager says why", async () => {
    starts = [() => Promise.reject(new Error("the port is in use"))];
    supervise(manager);
    await expect(supervisor.start({ isPatient: false })).rejects.toThrow("the port is in use");
  });

  test("with the log of a swarm that never was says so, and leaves no manager behind", async () => {
    starts = [() => Promise.resolve("never-founded")];
    supervise(manager);
    expect(await supervisor.start({ isPatient: false })).toBe("never-founded");
    expect(supervisor.isServing).toBe(false);
    expect(await happened()).toEqual(["start manager 1", "stop manager 1"]);
  });

  test("patiently does not wait for its manager, and tries again when it cannot start", async () => {
    starts = [() => Promise.reject(new Error("nobody answers"))];
    supervise(manager);
    expect(await supervisor.start({ isPatient: true })).toBe("starting");
    expect(await happened()).toEqual(["start manager 1", "stop manager 1"]);
    clock.advance(restartDelayMs - 1);
    expect(await happened()).toEqual([]);
    clock.advance(1);
    expect(await happened()).toEqual(["start manager 2", "started"]);
    expect(supervisor.isServing).toBe(true);
  });
});

describe("a promotion", () => {
  test("starts a manager", async () => {
    supervise(worker);
    await supervisor.start({ isPatient: false });
    security.replace(manager);
    expect(await happened()).toEqual(["start manager 1", "started"]);
    expect(supervisor.isServing).toBe(true);
  });

  test("whose manager cannot start is not the end of the node", async () => {
    starts = [() => Promise.reject(new Error("the port is in use"))];
    supervise(worker);
    await supervisor.start({ isPatient: false });
    security.replace(manager);
    expect(await happened()).toEqual(["start manager 1", "stop manager 1"]);
    clock.advance(restartDelayMs);
    expect(await happened()).toEqual(["start manager 2", "started"]);
  });

  test("that is taken back before its manager has started stops it", async () => {
    starts = [() => new Promise(() => undefined)];
    supervise(worker);
    await supervisor.start({ isPatient: false });
    security.replace(manager);
    await happened();
    security.replace(worker);
    expect(await happened()).toEqual(["stop manager 1", "forget"]);
    expect(supervisor.isServing).toBe(false);
  });
});

describe("a demotion", () => {
  beforeEach(async () => {
    supervise(manager);
    await supervisor.start({ isPatient: false });
    await happened();
  });

  test("stops the manager and forgets its share", async () => {
    security.replace(worker);
    expect(supervisor.isServing).toBe(true);
    expect(await happened()).toEqual(["stop manager 1", "forget"]);
    expect(supervisor.isServing).toBe(false);
  });

  test("is noticed by the removal, before the certificate says so", async () => {
    remove();
    expect(await happened()).toEqual(["stop manager 1", "forget", "renew"]);
    expect(supervisor.isServing).toBe(false);
    security.replace(worker);
    expect(await happened()).toEqual(["forget"]);
    clock.advance(3 * roleChangeTimeoutMs);
    expect(await happened()).toEqual([]);
  });

  test("and a promotion later make a manager again", async () => {
    security.replace(worker);
    await happened();
    security.replace(manager);
    expect(await happened()).toEqual(["start manager 2", "started"]);
  });

  test("a new certificate of the same role changes nothing", async () => {
    security.replace(swarm.issue("swarm-manager"));
    expect(await happened()).toEqual([]);
    expect(supervisor.isServing).toBe(true);
  });

  test("that was taken back meanwhile is followed by a new manager at once", async () => {
    remove();
    expect(await happened()).toEqual(["stop manager 1", "forget", "renew"]);
    isWanted = true;
    expect(await happened()).toEqual([]);
    security.replace(swarm.issue("swarm-manager"));
    expect(await happened()).toEqual(["start manager 2", "started"]);
  });

  test("a manager that was removed and stays one by its certificate joins anew", async () => {
    remove();
    await happened();
    clock.advance(roleChangeTimeoutMs);
    expect(await happened()).toEqual(["renew"]);
    clock.advance(roleChangeTimeoutMs);
    expect(await happened()).toEqual(["start manager 2", "started"]);
  });
});

describe("the end", () => {
  test("stops the manager and forgets nothing", async () => {
    supervise(manager);
    await supervisor.start({ isPatient: false });
    await happened();
    await supervisor.stop();
    expect(await happened()).toEqual(["stop manager 1"]);
    security.replace(worker);
    remove();
    expect(await happened()).toEqual([]);
  });

  test("comes also while a manager waits to be started again", async () => {
    starts = [() => Promise.reject(new Error("nobody answers"))];
    supervise(manager);
    await supervisor.start({ isPatient: true });
    await happened();
    await supervisor.stop();
    clock.advance(restartDelayMs);
    expect(await happened()).toEqual([]);
  });

  test("comes to a worker too", async () => {
    supervise(worker);
    await supervisor.start({ isPatient: false });
    await supervisor.stop();
    security.replace(manager);
    expect(await happened()).toEqual([]);
  });
});
