import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import {
  flagsIn,
  makeTestFolder,
  runSwarmd,
  swarmdRefusal,
  type TestFolder,
} from "../lib/swarmd-run.ts";

let folder: TestFolder;
beforeAll(() => {
  folder = makeTestFolder();
});
afterAll(() => folder.remove());

const misused: readonly (readonly [string, readonly string[], string])[] = [
  [
    "an unknown flag",
    ["--replicas", "3"],
    "unknown option '--replicas'; see swarmd --help [flag-invalid]",
  ],
  [
    "a misspelt flag",
    ["--state-dri", "/x"],
    "unknown option '--state-dri' (Did you mean --state-dir?); see swarmd --help [flag-invalid]",
  ],
  [
    "a flag without its value",
    ["--state-dir"],
    "option '-d, --state-dir <path>' argument missing; see swarmd --help [flag-invalid]",
  ],
  [
    "a word that is no flag",
    ["start"],
    "too many arguments. Expected 0 arguments but got 1: start; see swarmd --help [flag-invalid]",
  ],
  [
    "a value that is none of the choices",
    ["--executor", "podman"],
    "option '--executor <kind>' argument 'podman' is invalid. " +
      "Allowed choices are auto, docker, process, fake; see swarmd --help [flag-invalid]",
  ],
  [
    "an address without a port",
    ["--listen-remote-api", "0.0.0.0"],
    '--listen-remote-api "0.0.0.0" is not host:port, such as 0.0.0.0:4242 [flag-invalid]',
  ],
  [
    "an engine that is not on this machine",
    ["--engine-addr", "tcp://10.0.0.1:2375"],
    '--engine-addr "tcp://10.0.0.1:2375" is not a local engine: give unix:///PATH [flag-invalid]',
  ],
  [
    "what is no unlock key",
    ["--unlock-key", "SWMKEY-1-x"],
    "--unlock-key is no unlock key: give the whole SWMKEY-1-... text [flag-invalid]",
  ],
  [
    "a token without an address",
    ["--join-token", "SWMTKN-1-x-y"],
    "--join-token needs --join-addr, a manager's host:port [flag-invalid]",
  ],
];

for (const [what, flags, line] of misused) {
  test(`${what} is refused`, async () => {
    expect(await runSwarmd(...flags)).toEqual(swarmdRefusal(2, line));
  });
}

const notBuilt: readonly (readonly [readonly string[], string])[] = [
  [
    ["--external-ca", "protocol=cfssl,url=https://ca.example"],
    "certificates are issued by the swarm's own authority only",
  ],
  [["--listen-debug", "127.0.0.1:6060"], "there is no debug endpoint"],
  [["--listen-metrics", "127.0.0.1:9323"], "there is no metrics endpoint yet"],
];

for (const [flags, reason] of notBuilt) {
  const [flag] = flags;
  test(`${flag} is refused, as its part is not built`, async () => {
    const line = `${flag} is not built yet: ${reason}; start swarmd without it [not-built]`;
    expect(await runSwarmd(...flags)).toEqual(swarmdRefusal(2, line));
  });
}

test("every flag whose part is not built is among those above", async () => {
  const { stdout } = await runSwarmd("--help");
  const named = [...stdout.matchAll(/^ +(--\S+).*\s+not built yet: /gm)].map(([, flag]) => flag);
  expect(named.sort()).toEqual(notBuilt.map(([[flag]]) => flag).sort());
});

test("an engine that was named and is not there is an error", async () => {
  const socketPath = join(folder.path, "no-docker.sock");
  const flags = [...flagsIn(folder.path, "engine"), "--engine-addr", `unix://${socketPath}`];
  expect(await runSwarmd(...flags)).toEqual(
    swarmdRefusal(
      1,
      `no Docker engine at unix://${socketPath}: the Docker engine at ${socketPath} cannot be ` +
        `reached: connect ENOENT ${socketPath}; start it, correct --engine-addr, or run tasks ` +
        "with --executor process [engine-unreachable]",
    ),
  );
});

const usualSocket = "/var/run/docker.sock";
const isUsualSocketThere = existsSync(usualSocket);
if (isUsualSocketThere) {
  process.stderr.write(`SKIPPED: swarmd that finds no engine, as there is ${usualSocket}\n`);
}

test.skipIf(isUsualSocketThere)("without an engine tasks run as processes", async () => {
  const swarm = new LocalSwarm({ directory: folder.path, flags: [] });
  const node = swarm.addNode("auto", ["--listen-remote-api", "127.0.0.1:0"]);
  swarm.start(node);
  try {
    await swarm.waitUntilReady(node);
    const lines = readFileSync(node.logFile, "utf8").split("\n");
    const notice = lines.find((line) => line.includes("no Docker engine"));
    expect(JSON.parse(notice ?? "{}")).toMatchObject({
      level: "info",
      msg: "no Docker engine: tasks run as processes of this host",
      reason: `the Docker engine at ${usualSocket} cannot be reached: connect ENOENT ${usualSocket}`,
    });
  } finally {
    await swarm.stopAll();
  }
});
