// What swarmctl and the manager refuse: one line on stderr, an exit code, and nothing changed.
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import { run } from "../../scripts/lib/run.ts";
import { makeTestFolder, type TestFolder } from "../lib/swarmd-run.ts";

const swarmctlPath = resolve("packages/swarmctl/dist/swarmctl.cjs");

let folder: TestFolder;
let swarm: LocalSwarm;
/** All services before the refusals. */
let services: readonly unknown[];

beforeAll(async () => {
  folder = makeTestFolder();
  swarm = new LocalSwarm({ directory: folder.path, flags: ["--executor", "fake"] });
  await swarm.startManager();
  const flags = ["--name", "web", "--image", "web:1", "--replicas", "0"];
  await swarm.mustCtl("service", "create", ...flags);
  services = await swarm.list("service", "ls");
});

afterAll(async () => {
  await swarm?.stopAll();
  folder.remove();
});

const create = ["service", "create", "--name", "new", "--image", "new:1"] as const;
const update = ["service", "update", "web"] as const;
const wholeNumber = "give a whole number from 0 in digits, for example 3";
const tooMany =
  "Number of replicas must be at most 100000, not 1000000000: ask for fewer, or split the service; " +
  "correct that and try again";
const taken =
  "service create failed: name conflicts with an existing object: service web already exists; " +
  "choose another, or change the one that is there";
const badConstraint = (expression: string): string =>
  `constraint expected one operator from ==, !=: "${expression}"; correct that and try again`;

/** What is wrong, the words, the exit code, and the line after "Error: ". */
const refusals: readonly (readonly [string, readonly string[], number, string])[] = [
  [
    "an unknown flag",
    [...create, "--zzz", "x"],
    2,
    "unknown option '--zzz': 'swarmctl service create' has no such flag; " +
      "'swarmctl service create --help' shows what there is",
  ],
  [
    "a misspelt flag",
    [...create, "--replica", "3"],
    2,
    "unknown option '--replica': 'swarmctl service create' has no such flag; did you mean --replicas?",
  ],
  [
    "a misspelt command",
    ["service", "lst"],
    2,
    "unknown command 'lst': 'swarmctl service' has no such command; did you mean ls?",
  ],
  [
    "a flag that is missing",
    ["service", "create", "--name", "new"],
    2,
    "--image is missing: it is required; add --image <image>",
  ],
  [
    "replicas below 0",
    [...create, "--replicas", "-1"],
    2,
    `invalid value "-1" for --replicas: it is below 0; ${wholeNumber}`,
  ],
  [
    "replicas as a power",
    [...create, "--replicas", "1e9"],
    2,
    `invalid value "1e9" for --replicas: it is not a whole number; ${wholeNumber}`,
  ],
  [
    "too many replicas",
    [...create, "--replicas", "1000000000"],
    1,
    `service create failed: ${tooMany}`,
  ],
  [
    "more replicas than a number holds",
    [...create, "--replicas", "99999999999999999999"],
    2,
    `invalid value "99999999999999999999" for --replicas: it is too large; ${wholeNumber}`,
  ],
  [
    "an update to replicas below 0",
    [...update, "--replicas=-1"],
    2,
    `invalid value "-1" for --replicas: it is below 0; ${wholeNumber}`,
  ],
  [
    "an update to too many replicas",
    [...update, "--replicas", "1000000000"],
    1,
    `service update failed: ${tooMany}`,
  ],
  ["a name that is taken", ["service", "create", "--name", "web", "--image", "x"], 5, taken],
  [
    "a name that is taken, in capitals",
    ["service", "create", "--name", "WEB", "--image", "x"],
    5,
    taken.replace("web", "WEB"),
  ],
  [
    "a name that is none",
    ["service", "create", "--name", "two words", "--image", "x"],
    1,
    "service create failed: name must be valid as a DNS name component; correct that and try again",
  ],
  [
    "an image that is none",
    ["service", "create", "--name", "new", "--image", "Not An Image"],
    1,
    'service create failed: ContainerSpec: "Not An Image" is not a valid repository/tag; ' +
      "correct that and try again",
  ],
  [
    "a constraint that does not parse",
    [...create, "--constraint", "node.role=worker"],
    1,
    `service create failed: ${badConstraint("node.role=worker")}`,
  ],
  [
    "an update to a constraint that does not parse",
    [...update, "--constraint", "node.role worker"],
    1,
    `service update failed: ${badConstraint("node.role worker")}`,
  ],
  [
    "an update that changes nothing",
    [...update, "--replicas", "0"],
    1,
    "no changes detected: service web is that way already; " +
      "change something, or give --force to replace its tasks",
  ],
  [
    "a service that is not there",
    ["service", "update", "webb", "--replicas", "2"],
    3,
    "service webb not found: nothing has that id or name, or an id that begins so; did you mean web?",
  ],
  [
    "a task that is not there",
    ["task", "inspect", "nothing"],
    3,
    "task nothing not found: nothing has that id or name, or an id that begins so; " +
      "'swarmctl task ls' shows what there is",
  ],
  [
    "a format that is none",
    ["node", "ls", "--format", "yaml"],
    2,
    'invalid value "yaml" for --format: it is not one of the choices; choose table, json',
  ],
];

for (const [what, words, status, line] of refusals) {
  test(`${what} is refused`, async () => {
    const refused = { status, signal: undefined, stdout: "", stderr: `Error: ${line}\n` };
    expect(await swarm.ctl(...words)).toEqual(refused);
  });
}

test("nothing of what was refused has changed anything", async () => {
  expect(await swarm.list("service", "ls")).toEqual(services);
});

test("a manager cannot be removed while it is one", async () => {
  const [node] = await swarm.list<{ readonly id: string }>("node", "ls");
  expect(await swarm.ctl("node", "remove", "manager-1")).toEqual({
    status: 1,
    signal: undefined,
    stdout: "",
    stderr:
      `Error: node remove failed: node ${node?.id} is a cluster manager and is a member of the ` +
      "raft cluster. It must be demoted to worker before removal; change that first, then try again\n",
  });
});

test("without a socket swarmctl says so", async () => {
  const socket = join(folder.path, "nobody.sock");
  expect(await run(process.execPath, [swarmctlPath, "--socket", socket, "node", "ls"])).toEqual({
    status: 6,
    signal: undefined,
    stdout: "",
    stderr:
      `Error: cannot reach swarmd at ${socket}: there is no such socket; is swarmd running? ` +
      "start it, or name its socket with --socket or $SWARM_SOCKET\n",
  });
});

test("without anybody behind the socket swarmctl says so", async () => {
  const other = new LocalSwarm({ directory: folder.path, flags: ["--executor", "fake"] });
  const node = other.addNode("killed", ["--listen-remote-api", "127.0.0.1:0"]);
  other.start(node);
  await other.waitUntilReady(node);
  await other.stop(node, "SIGKILL");
  expect(await other.ctl("node", "ls")).toEqual({
    status: 6,
    signal: undefined,
    stdout: "",
    stderr:
      `Error: cannot reach swarmd at ${node.controlSocket}: nobody listens there; ` +
      "is swarmd running? start it, then try again\n",
  });
});
