import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GrpcStatus, RpcError } from "./client/rpc-error.ts";
import { aNode } from "./testing/builders.ts";
import { fakeCluster } from "./testing/fake-cluster.ts";
import { type RunOptions, runSwarmctl, transcribe } from "./testing/run-swarmctl.ts";
import { version } from "./version.ts";

const golden = (name: string): string => `../testdata/${name}.txt`;
const handlers = fakeCluster({ nodes: [aNode("a")] });

function refusing(status: GrpcStatus, details: string): RunOptions {
  return {
    handlers: {
      ListNodes: () => {
        throw new RpcError(status, details);
      },
    },
  };
}

describe("help", () => {
  test("shows what there is, for the program, its nouns and its commands", async () => {
    const lines = [
      "",
      "--help",
      "help node",
      "node",
      "node ls --help",
      "service create -h",
      "completion --help",
    ];
    await expect(await transcribe(lines)).toMatchFileSnapshot(golden("help"));
  });

  test("no socket is opened for help, version and completion", async () => {
    for (const line of ["", "node", "node ls --help", "version", "completion bash", "nonsense"]) {
      expect((await runSwarmctl(line, { handlers })).socketPath).toBeUndefined();
    }
  });
});

describe("version", () => {
  test("is the package's", async () => {
    const file = new URL("../package.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version });
    expect((await runSwarmctl("version")).stdout).toBe(`swarmctl swarmkit ${version}\n`);
    const { stdout } = await runSwarmctl("version --format json");
    expect(JSON.parse(stdout)).toEqual({ version });
  });
});

describe("mistakes on the command line", () => {
  test("are explained in one line, with what was meant", async () => {
    const lines = [
      "nod ls",
      "node lss",
      "node elevate a",
      "nonsense",
      "node ls --fromat json",
      "node ls --format yaml",
      "node ls -x",
      "node ls extra",
      "node inspect",
      "node inspect ''",
      "-s",
      "--socket tcp://10.0.0.1 node ls",
      "--timeout 0s node ls",
      "--timeout 1y node ls",
      "completion tcsh",
      "node ls --quiet=maybe",
      "node ls --format json --nope",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("usage"));
  });
});

describe("the socket", () => {
  test.each([
    ["node ls", {}, "/var/run/swarmd.sock"],
    ["node ls", { SWARM_SOCKET: "/run/a.sock" }, "/run/a.sock"],
    ["node ls", { SWARM_SOCKET: "unix:///run/a.sock" }, "/run/a.sock"],
    ["node ls", { SWARM_SOCKET: "" }, "/var/run/swarmd.sock"],
    ["node ls -s b.sock", { SWARM_SOCKET: "/run/a.sock" }, "b.sock"],
    ["-s b.sock node ls", {}, "b.sock"],
    ["node --socket=unix:///b.sock ls", {}, "/b.sock"],
    ["-s a.sock node ls -s b.sock", {}, "b.sock"],
  ])("%s with %j is %s", async (line, environment, socketPath) => {
    const run = await runSwarmctl(line, { handlers, environment });
    expect(run).toMatchObject({ exitCode: 0, socketPath });
  });

  test("a bad one in the environment is named", async () => {
    const environment = { SWARM_SOCKET: "tcp://host:1" };
    expect(await runSwarmctl("node ls", { handlers, environment })).toMatchObject({
      exitCode: 2,
      stderr:
        'Error: invalid value "tcp://host:1" in $SWARM_SOCKET: "tcp" sockets cannot be used; ' +
        "give the path of swarmd's socket, for example unix:///var/run/swarmd.sock\n",
    });
  });
});

describe("a manager's refusal", () => {
  test.each([
    ["CANCELLED", 6],
    ["UNKNOWN", 1],
    ["INVALID_ARGUMENT", 1],
    ["DEADLINE_EXCEEDED", 9],
    ["NOT_FOUND", 3],
    ["ALREADY_EXISTS", 5],
    ["PERMISSION_DENIED", 4],
    ["RESOURCE_EXHAUSTED", 1],
    ["FAILED_PRECONDITION", 1],
    ["ABORTED", 5],
    ["OUT_OF_RANGE", 1],
    ["UNIMPLEMENTED", 1],
    ["INTERNAL", 1],
    ["UNAVAILABLE", 6],
    ["DATA_LOSS", 1],
    ["UNAUTHENTICATED", 4],
  ] as const)("%s exits with %i", async (status, exitCode) => {
    const run = await runSwarmctl("node ls", refusing(status, "because"));
    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout).toBe("");
    expect(run.stderr).toMatch(/^Error: node ls failed: because; .+\n$/);
  });

  test("tells a missing leader by its text, whatever the status", async () => {
    const details = "rpc error: The swarm does not have a leader. It's possible that …";
    expect(await runSwarmctl("node ls", refusing("UNKNOWN", details))).toMatchObject({
      exitCode: 6,
    });
  });

  test("cannot move the cursor, and stays on one line", async () => {
    const { stderr } = await runSwarmctl("node ls", refusing("INTERNAL", "a\n\u001b[2Jb\tc"));
    expect(stderr).toBe(
      "Error: node ls failed: a ?[2Jb c; swarmd's log on the manager says more\n",
    );
  });

  test("shows its status with --debug only", async () => {
    const options = refusing("INTERNAL", "broken");
    expect((await runSwarmctl("node ls", options)).stderr).not.toContain("INTERNAL");
    expect((await runSwarmctl("-D node ls", options)).stderr).toContain("(gRPC 13 INTERNAL)");
  });

  test("is JSON when JSON was asked for", async () => {
    const options = refusing("NOT_FOUND", "gone");
    const { stderr, exitCode } = await runSwarmctl("node ls --format json -D", options);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        kind: "not-found",
        what: "node ls failed",
        why: "gone",
        remedy: "look with 'ls' for what there is",
        exitCode: 3,
        background: "gRPC 5 NOT_FOUND",
      },
    });
    expect(exitCode).toBe(3);
  });
});

describe("a defect", () => {
  test("is reported as one, with its place under --debug", async () => {
    const options: RunOptions = {
      handlers: {
        ListNodes: () => {
          throw new TypeError("x is not a function");
        },
      },
    };
    const { stderr, exitCode } = await runSwarmctl("node ls", options);
    expect(stderr).toBe(
      "Error: node ls failed: x is not a function; " +
        "this is a defect of swarmctl: run it again with --debug and report what it says\n",
    );
    expect(exitCode).toBe(1);
    expect((await runSwarmctl("node ls --debug", options)).stderr).toContain("program.test.ts");
  });
});
