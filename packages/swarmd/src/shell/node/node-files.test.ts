// What a node keeps on disk beside the log: its identity, its managers, its choice of executor.
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createIdSource } from "../../core/lib/ids.ts";
import { createPrng } from "../../core/lib/prng.ts";
import { testEpoch } from "../../testing/builders.ts";
import type { SwarmdError } from "../errors.ts";
import type { Executor, ExecutorKind } from "../executor/port.ts";
import { parseFlags, type SwarmdFlags } from "../flags.ts";
import { silentLogger } from "../log.ts";
import { openStateDir } from "../state-dir/state-dir.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { chooseExecutor } from "./choose-executor.ts";
import { foundSwarm } from "./founding.ts";
import { Remotes } from "./remotes.ts";

let paths: StatePaths;

beforeEach(async () => {
  const stateDir = await openStateDir(mkdtempSync(join(tmpdir(), "node-")));
  paths = stateDir.paths;
  await stateDir.close();
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as SwarmdError).code;
  }
  return "none";
}

test("a founder is a manager of the swarm that it founds", () => {
  const ids = createIdSource(createPrng(1));
  const founding = foundSwarm({ ids, nowMs: testEpoch, heartbeatTicks: 1, electionTicks: 10 });
  expect(founding.identity.role).toBe("swarm-manager");
  expect(founding.identity.organization).toBe(founding.cluster.id);
});

describe("known managers", () => {
  const prng = createPrng(1);

  test("what a manager told is there after a restart", async () => {
    const remotes = await Remotes.open(paths.stateFile, "10.0.0.1:4242");
    await remotes.observe([{ nodeId: "n1", addr: "10.0.0.7:4242" }]);
    expect(readFileSync(paths.stateFile, "utf8")).toBe('[{"node_id":"n1","addr":"10.0.0.7:4242"}]');
    const again = await Remotes.open(paths.stateFile, undefined);
    expect(again.pick(prng)).toBe("10.0.0.7:4242");
  });

  test("one that did not answer is not asked next, and each is asked before any again", async () => {
    const remotes = await Remotes.open(paths.stateFile, undefined);
    const names = ["n1", "n2", "n3"];
    await remotes.observe(names.map((nodeId) => ({ nodeId, addr: `${nodeId}.example:4242` })));
    const asked: (string | undefined)[] = [];
    for (let round = 0; round < 7; round += 1) {
      const address = remotes.pick(prng);
      asked.push(address);
      remotes.markFailed(address ?? "");
    }
    expect(new Set(asked.slice(0, 3)).size).toBe(3);
    for (const [index, address] of asked.entries()) expect(address).not.toBe(asked[index - 1]);
  });

  test("a lone one is asked again and again", async () => {
    const remotes = await Remotes.open(paths.stateFile, "10.0.0.1:4242");
    for (let round = 0; round < 3; round += 1) {
      expect(remotes.pick(prng)).toBe("10.0.0.1:4242");
      remotes.markFailed("10.0.0.1:4242");
    }
  });

  test("the node itself is none of them", async () => {
    const remotes = await Remotes.open(paths.stateFile, undefined);
    await remotes.observe([{ nodeId: "self", addr: "10.0.0.1:4242" }]);
    expect(remotes.pick(prng, { except: "self" })).toBeUndefined();
    await remotes.observe([
      { nodeId: "self", addr: "10.0.0.1:4242" },
      { nodeId: "other", addr: "10.0.0.2:4242" },
    ]);
    for (let round = 0; round < 5; round += 1) {
      expect(remotes.pick(prng, { except: "self" })).toBe("10.0.0.2:4242");
      remotes.markFailed("10.0.0.2:4242");
    }
  });

  test("an address that makes no sense does not cost the others", async () => {
    const remotes = await Remotes.open(paths.stateFile, "10.0.0.1:4242");
    const peers = [
      { nodeId: "n1", addr: "10.0.0.7" },
      { nodeId: "n2", addr: "10.0.0.8:4242" },
    ];
    await remotes.observe(peers);
    expect(remotes.pick(prng)).toBe("10.0.0.8:4242");
  });

  test("a file of managers that is no list is refused with its name", async () => {
    writeFileSync(paths.stateFile, "{}");
    expect(await codeOf(Remotes.open(paths.stateFile, undefined))).toBe("identity-invalid");
  });

  test("an address that nobody can dial does not replace the one in use", async () => {
    const remotes = await Remotes.open(paths.stateFile, "10.0.0.1:4242");
    await remotes.observe([{ nodeId: "n1", addr: "0.0.0.0:4242" }]);
    expect(remotes.pick(prng)).toBe("10.0.0.1:4242");
  });

  test("a damaged file is refused with what to do", async () => {
    appendFileSync(paths.stateFile, "[{");
    expect(await codeOf(Remotes.open(paths.stateFile, undefined))).toBe("identity-invalid");
  });
});

describe("the choice of executor", () => {
  function flags(...argv: readonly string[]): SwarmdFlags {
    const command = parseFlags(argv);
    if (command.kind !== "run") throw new Error("the flags only print");
    return command.flags;
  }

  async function choose(
    isEngineUp: boolean | "hangs",
    ...argv: readonly string[]
  ): Promise<string> {
    const anExecutor = (kind: ExecutorKind): Executor => ({
      kind,
      describe: () => {
        if (kind === "docker" && isEngineUp === "hangs") return new Promise(() => undefined);
        return kind === "docker" && !isEngineUp
          ? Promise.reject(new Error("nothing listens there"))
          : Promise.resolve({ hostname: "h" });
      },
      configure: () => Promise.resolve(),
      controller: () => {
        throw new Error("no task is run here");
      },
      list: () => Promise.resolve([]),
      removeOrphan: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
    const factory = {
      docker: () => anExecutor("docker"),
      process: () => anExecutor("process"),
      fake: () => anExecutor("fake"),
    };
    const options = { paths, log: silentLogger, answerLimitMs: 1 };
    return (await chooseExecutor(flags(...argv), factory, options)).kind;
  }

  test("an engine that answers is used", async () => {
    expect(await choose(true)).toBe("docker");
  });

  test("without an engine tasks run as processes", async () => {
    expect(await choose(false)).toBe("process");
  });

  test("a host of containers stays one while its engine is down", async () => {
    await choose(true);
    expect(await choose(false)).toBe("docker");
  });

  test("an engine that hangs does not keep a host of containers from starting", async () => {
    await choose(true);
    expect(await choose("hangs")).toBe("docker");
  });

  test("a host of processes stays one when an engine appears", async () => {
    await choose(false);
    expect(await choose(true)).toBe("process");
  });

  test("an engine that was named and is not there is refused", async () => {
    const engine = ["--engine-addr", "unix:///no.sock"];
    expect(await codeOf(choose(false, ...engine))).toBe("engine-unreachable");
  });

  test("a flag changes the choice", async () => {
    await choose(true);
    expect(await choose(true, "--executor", "process")).toBe("process");
  });
});
