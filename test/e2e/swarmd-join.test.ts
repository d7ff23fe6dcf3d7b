// Joins that a manager or the node itself refuses: each leaves no certificate behind.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import type { RunResult } from "../../scripts/lib/run.ts";
import {
  flagsIn,
  makeTestFolder,
  runSwarmd,
  swarmdRefusal,
  type TestFolder,
} from "../lib/swarmd-run.ts";

const fake = ["--executor", "fake"] as const;

let folder: TestFolder;
let swarm: LocalSwarm;
let address: string;
let tokens: { readonly worker: string; readonly manager: string };

beforeAll(async () => {
  folder = makeTestFolder();
  swarm = new LocalSwarm({ directory: folder.path, flags: fake });
  await swarm.startManager();
  address = swarm.managerAddress;
  tokens = {
    worker: await swarm.joinToken("worker"),
    manager: await swarm.joinToken("manager"),
  };
});

afterAll(async () => {
  await swarm.stopAll();
  folder.remove();
});

test("an address without a token is refused", async () => {
  expect(await joinWith("bare", address, [])).toEqual(
    swarmdRefusal(
      1,
      "--join-addr needs --join-token: give the token that `swarmctl cluster inspect default` " +
        "shows on a manager [join-token-invalid]",
    ),
  );
});

test("something that is no token is refused", async () => {
  expect(await joinWith("no-token", address, ["--join-token", "secret"])).toEqual(
    swarmdRefusal(
      1,
      "--join-token is not a join token: give the whole SWMTKN-1-... text that " +
        "`swarmctl cluster inspect default` shows [join-token-invalid]",
    ),
  );
});

test("a token with a wrong secret is refused", async () => {
  const guessed = tokens.worker.replace(/[0-9a-z]{5}$/, (end) =>
    (end === "aaaaa" ? "b" : "a").repeat(5),
  );
  expect(await joinWith("wrong-secret", address, ["--join-token", guessed])).toEqual(
    swarmdRefusal(
      1,
      `cannot join the swarm at ${address}: A valid join token is necessary to join this cluster; ` +
        "the swarm's tokens are shown by `swarmctl cluster inspect default` [join-failed]",
    ),
  );
});

test("a token of another swarm is refused before anything is sent", async () => {
  const foreign = tokens.worker.replace(/^SWMTKN-1-.{5}/, "SWMTKN-1-11111");
  expect(await joinWith("wrong-root", address, ["--join-token", foreign])).toEqual(
    swarmdRefusal(
      1,
      `the manager at ${address} has another root certificate than the join token names: ` +
        "the token belongs to another swarm, or somebody is in between; " +
        "check --join-addr and --join-token [root-mismatch]",
    ),
  );
});

test("--manager with the workers' token is refused", async () => {
  const flags = ["--join-token", tokens.worker, "--manager"];
  expect(await joinWith("worker-as-manager", address, flags)).toEqual(
    swarmdRefusal(
      1,
      `cannot join the swarm at ${address}: --manager, but the join token is the workers'; ` +
        "use the managers' token [join-failed]",
    ),
  );
});

test("a manager that nobody can reach is an error", async () => {
  const nowhere = `127.0.0.1:${await freePort()}`;
  const flags = ["--join-token", tokens.worker];
  expect(await joinWith("unreachable", nowhere, flags)).toEqual(
    swarmdRefusal(
      1,
      `cannot join the swarm at ${nowhere}: nothing answers there ` +
        `(connect ECONNREFUSED ${nowhere}): check --join-addr and that a manager is up ` +
        "[join-failed]",
    ),
  );
});

test("a worker that starts again with --manager is refused", async () => {
  const name = "worker-then-manager";
  const node = swarm.addNode(name, ["--listen-remote-api", "127.0.0.1:0", ...joinFlags("worker")]);
  swarm.start(node);
  await swarm.waitUntilReady(node);
  await swarm.stop(node);
  expect(await runSwarmd(...node.flags, "--manager")).toEqual(
    swarmdRefusal(
      1,
      "--manager, but this node is a worker; start it without --manager, " +
        "or join with the managers' token [role-mismatch]",
    ),
  );
});

function joinFlags(role: "worker" | "manager"): readonly string[] {
  return ["--join-addr", address, "--join-token", tokens[role]];
}

/** Runs a swarmd that wants to join; it must not get a certificate. */
async function joinWith(name: string, at: string, flags: readonly string[]): Promise<RunResult> {
  const result = await runSwarmd(
    ...flagsIn(folder.path, name),
    ...fake,
    "--join-addr",
    at,
    ...flags,
  );
  const certificate = join(folder.path, name, "certificates", "swarm-node.crt");
  expect(existsSync(certificate), `${certificate} exists`).toBe(false);
  return result;
}
