// Go's implementation for a test: an engine of its own, in private network and mount namespaces, whose swarm
// directory is looked into while it is stopped. Needs root, and a dockerd that an environment variable names.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeTempDir } from "../../packages/swarmd/src/shell/raft/testing/temp-dir.ts";
import { waitUntil } from "../../scripts/lib/run.ts";

const { SWARMKIT_TEST_ENGINE_BINARY: engineBinary } = process.env;

/** Whether there is an engine to test with; tells once for a file when there is none. */
export function hasGoEngine(fileName: string): boolean {
  if (engineBinary !== undefined) return true;
  const needs = "needs SWARMKIT_TEST_ENGINE_BINARY=dockerd and root";
  process.stderr.write(`skipped: ${fileName} ${needs}\n`);
  return false;
}

export class GoEngine {
  readonly #directory: ReturnType<typeof makeTempDir> = makeTempDir();
  #process: ChildProcess | undefined;

  /** Of everything that the engine has. */
  get path(): string {
    return this.#directory.path;
  }

  /** The state directory of its swarm mode. */
  get swarmDirectory(): string {
    return join(this.path, "data", "swarm");
  }

  /** Starts it, and waits until it answers; a manager answers once it leads. */
  async start(): Promise<void> {
    const root = this.path;
    for (const name of ["data", "exec", "etc", "run/plugins"]) {
      mkdirSync(join(root, name), { recursive: true });
    }
    const script =
      "ip link set lo up; mkdir -p /run/docker /etc/docker; " +
      `mount --bind ${root}/etc /etc/docker; mount --bind ${root}/run /run/docker; exec "$@"`;
    const engineArguments = [
      ...[engineBinary ?? "", "--data-root", `${root}/data`, "--exec-root", `${root}/exec`],
      ...["--pidfile", `${root}/docker.pid`, "--host", `unix://${root}/docker.sock`],
      ...["--cgroup-parent", "/go-state-dir", "--bip", "172.31.9.1/24"],
    ];
    this.#process = spawn(
      "unshare",
      ["--mount", "--net", "--propagation", "slave", "sh", "-c", script, "x", ...engineArguments],
      { stdio: "ignore" },
    );
    await this.untilAnswered("version");
    const state = (await this.docker("info", "--format", "{{.Swarm.LocalNodeState}}")).trim();
    if (!["inactive", "locked"].includes(state)) await this.untilAnswered("node", "ls");
  }

  async stop(): Promise<void> {
    const stopped = this.#process;
    this.#process = undefined;
    if (stopped === undefined || stopped.exitCode !== null) return;
    stopped.kill("SIGTERM");
    await once(stopped, "exit");
  }

  /** Stops it and removes all it had. */
  async destroy(): Promise<void> {
    await this.stop();
    this.#directory.remove();
  }

  async untilAnswered(...command: readonly string[]): Promise<void> {
    const ask = async (): Promise<true | undefined> => {
      if (this.#process?.exitCode !== null) throw new Error("the engine ended");
      return await this.docker(...command).then(
        () => true,
        () => undefined,
      );
    };
    await waitUntil(ask, {
      what: `the engine to answer "${command.join(" ")}"`,
      timeoutMs: 30_000,
    });
  }

  async docker(...command: readonly string[]): Promise<string> {
    return (await promisify(execFile)("docker", ["--host", this.#socket, ...command])).stdout;
  }

  /** Gives a locked engine its key, on standard input as the command wants it. */
  async unlock(unlockKey: string): Promise<void> {
    const unlocking = promisify(execFile)("docker", ["--host", this.#socket, "swarm", "unlock"]);
    unlocking.child.stdin?.end(`${unlockKey}\n`);
    await unlocking;
    await this.untilAnswered("node", "ls");
  }

  async createConfigs(prefix: string, count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      await this.docker("config", "create", `${prefix}${number}`, "/etc/hostname");
    }
  }

  /** The configs' names, sorted. */
  async listConfigs(): Promise<readonly string[]> {
    const names = await this.docker("config", "ls", "--format", "{{.Name}}");
    return names.trim().split("\n").sort();
  }

  get #socket(): string {
    return `unix://${this.path}/docker.sock`;
  }
}
