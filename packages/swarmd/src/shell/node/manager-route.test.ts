import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPrng } from "../../core/lib/prng.ts";
import type { KeyStore } from "../state-dir/key-store.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { SwarmAuthority } from "../tls/testing/swarm-authority.ts";
import { ManagerRoute } from "./manager-route.ts";
import { Remotes } from "./remotes.ts";

const own = { kind: "local", socketPath: "/run/own.sock" } as const;
const identity = new SwarmAuthority().issue("swarm-manager", { nodeId: "self" });
let directory: string;
let remotes: Remotes;
let ownSocket: string | undefined;
let route: ManagerRoute;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "route-"));
  remotes = await Remotes.open(join(directory, "state.json"), undefined);
  ownSocket = own.socketPath;
  route = new ManagerRoute({
    security: new SecurityConfig({ identity, keys: {} as KeyStore }),
    remotes,
    prng: createPrng(1),
    ownSocket: () => ownSocket,
  });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function know(...nodeIds: readonly string[]): Promise<void> {
  await remotes.observe(nodeIds.map((nodeId) => ({ nodeId, addr: `${nodeId}.example:4242` })));
}

const remote = (nodeId: string) => ({ kind: "remote", address: `${nodeId}.example:4242` });

test("the own manager comes first", async () => {
  await know("self", "other");
  expect(route.next()).toEqual(own);
});

test("while the own manager does not serve, another is asked", async () => {
  await know("self", "other");
  ownSocket = undefined;
  expect(route.next()).toEqual(remote("other"));
});

test("an own manager that cannot help is passed over once", async () => {
  await know("other");
  expect(route.next()).toEqual(own);
  route.lost();
  expect(route.next()).toEqual(remote("other"));
  route.lost();
  expect(route.next()).toEqual(own);
});

test("a session that ends, as when another leads, goes on with the own manager", async () => {
  await know("other");
  route.next();
  route.reached();
  route.lost();
  expect(route.next()).toEqual(own);
});

test("without others the own manager is asked again", () => {
  route.next();
  route.lost();
  expect(route.next()).toEqual(own);
});

test("a remote manager that was lost is not the next to be asked", async () => {
  await know("n1", "n2");
  ownSocket = undefined;
  for (let round = 0; round < 10; round += 1) {
    const target = route.next();
    route.reached();
    route.lost();
    expect(route.next()).not.toEqual(target);
    route.lost();
  }
});

test("nobody is known", () => {
  ownSocket = undefined;
  expect(route.next()).toBeUndefined();
  expect(route.renewalTargets()).toEqual([]);
  expect(route.remote()).toBeUndefined();
});

test("certificates are asked for at the own manager, then at some others", async () => {
  await know("other");
  expect(route.renewalTargets()).toEqual([own, remote("other")]);
  await know("self", "n1", "n2", "n3", "n4", "n5", "n6", "n7");
  const targets = route.renewalTargets();
  expect(targets[0]).toEqual(own);
  expect(new Set(targets.map((target) => JSON.stringify(target))).size).toBe(6);
  expect(targets).not.toContainEqual(remote("self"));
});
