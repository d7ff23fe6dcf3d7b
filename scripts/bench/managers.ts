// Swarms of the parts of the bench that bring their own: one manager or several, no workers, and tasks
// that would be nothing but numbers.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LocalNode, LocalSwarm } from "../lib/local-swarm.ts";
import { Control } from "./control.ts";

/** What a part that stands alone is given. */
export interface Place {
  /** Folder for state directories; the disk below it is the one that is measured. */
  readonly parent: string;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}

export interface Managers {
  readonly directory: string;
  readonly swarm: LocalSwarm;
  /** Managers that are up, the leader first. */
  order(): Promise<readonly [LocalNode, ...LocalNode[]]>;
}

/** Brings up a swarm of `count` managers, runs `measure` on it, and removes every trace. */
export async function withManagers<Result>(
  { parent, signal }: Place,
  options: { readonly count: number; readonly nodeFlags?: readonly string[] },
  measure: (managers: Managers) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(parent, "swarmkit-bench-"));
  const { count, nodeFlags = [] } = options;
  const swarm = new LocalSwarm({ directory, flags: ["--executor", "fake"], nodeFlags });
  try {
    for (let number = 1; number <= count; number += 1) {
      signal.throwIfAborted();
      await swarm.startManager();
    }
    await swarm.waitUntilReachable();
    return await measure({ directory, swarm, order: () => order(swarm) });
  } finally {
    await swarm.stopAll();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function order(swarm: LocalSwarm): Promise<readonly [LocalNode, ...LocalNode[]]> {
  const running = swarm.managers.filter(({ isRunning }) => isRunning);
  const leader = await swarm.waitForLeader(running[0]);
  return [leader, ...running.filter((node) => node !== leader)];
}

/** Creates a service without replicas, the smallest write that a user makes. */
export async function writeOnce(control: Control, name: string): Promise<string> {
  return await control.createService({
    annotations: { name },
    task: { container: { image: "none" } },
    replicated: { replicas: 0 },
  });
}

/** How much of the newest segment of a manager's log is in use: its end is zeros. */
export function usedLogBytes({ stateDirectory }: LocalNode): number {
  const directory = join(stateDirectory, "raft", "wal-v3-encrypted");
  const segments = readdirSync(directory).filter((name) => name.endsWith(".wal"));
  const content = readFileSync(join(directory, segments.sort().at(-1) ?? ""));
  let end = content.length;
  while (end > 0 && content[end - 1] === 0) end -= 1;
  return end;
}

export function connect({ controlSocket }: LocalNode): Control {
  return new Control(controlSocket);
}
