// A task's traces on disk, written partly by swarmd and partly by the shell that runs the task, so
// that neither the task nor its exit code depends on swarmd being there:
//
//   process     boot id and /proc stat line of the task's shell, which it writes before all else
//   exit        the exit code, which the shell writes when the command has ended
//   stdout.log  output, cut by swarmd when it grows too long
//   stderr.log
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { TaskExit } from "../executor/port.ts";
import { type HostProcess, isAlive, parseStat } from "./host-process.ts";

/** Size at which an output file is set aside (one older piece is kept) and begun anew. */
export const logBytesMax: number = 8 * 2 ** 20;

/** Of output that is set aside, the end that is kept: what a task writes in a hurry has no bound. */
const keptBytesMax = 2 * logBytesMax;

/** Killed by a signal that left no time to write an exit code. */
const killedExitCode = 137;

/**
 * Runs the command "$@" and writes down how it ended. No one can start a task twice: the shell that
 * finds the `process` file there gives up. Signals for the group must not end the shell before the
 * command, so it catches them; the subshell does not, and says that it runs from the moment on in which
 * a signal for the group cannot get lost any more. What the command leaves behind in its group ends
 * with it, as it would in a container.
 */
const runScript = `
trap : HUP INT QUIT TERM USR1 USR2
read -r boot </proc/sys/kernel/random/boot_id
read -r stat </proc/$$/stat
set -C
echo "$boot $stat" >"$0/process" || exit 125
set +C
(
  trap '' PIPE
  echo started >&3
  trap - PIPE
  exec 3>&-
  exec "$@"
)
echo "$?" >"$0/exit"
kill -KILL 0
`;

export class TaskDirectory {
  readonly path: string;

  constructor(root: string, taskId: string) {
    this.path = join(root, taskId);
  }

  get stdoutPath(): string {
    return join(this.path, "stdout.log");
  }

  get stderrPath(): string {
    return join(this.path, "stderr.log");
  }

  /** Program and arguments that run `command` under the task's shell; fd 3 tells that it runs. */
  shellCommand(command: readonly string[]): readonly [string, readonly string[]] {
    return ["/bin/sh", ["-c", runScript, this.path, ...command]];
  }

  create(): void {
    // Output may hold anything: for the owner only.
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  exists(): boolean {
    return statSync(this.path, { throwIfNoEntry: false }) !== undefined;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** The task's shell, if the task was ever started. */
  findProcess(): HostProcess | undefined {
    const line = this.#readLine("process");
    if (line === undefined) return undefined;
    const blank = line.indexOf(" ");
    const stat = parseStat(line.slice(blank + 1));
    return stat && { pid: stat.pid, startTicks: stat.startTicks, bootId: line.slice(0, blank) };
  }

  /** How the task ended, or undefined while it runs or was never started. */
  findExit(): TaskExit | undefined {
    const process = this.findProcess();
    if (process === undefined) return undefined;
    // In this order: the shell writes the code before it ends.
    const isRunning = isAlive(process);
    const code = this.#readLine("exit");
    if (code !== undefined) return { exitCode: Number(code) };
    if (isRunning) return undefined;
    return { exitCode: killedExitCode, cause: "killed" };
  }

  /** Whether the shell has written down how the task ended; it ends its group right afterwards. */
  hasExitCode(): boolean {
    return this.#readLine("exit") !== undefined;
  }

  /**
   * Sets aside output that has grown too long, and of that the end: a task may have written more than
   * there is time or room to copy. What comes in that moment may be lost.
   */
  trimLogs(): void {
    for (const path of [this.stdoutPath, this.stderrPath]) {
      const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (sizeBytes <= logBytesMax) continue;
      writeFileSync(`${path}.1`, readEnd(path, sizeBytes), { mode: 0o600 });
      // The task has it open for appending, and goes on at the new end.
      truncateSync(path);
    }
  }

  /** First line of a file, once it is there in full. */
  #readLine(name: string): string | undefined {
    let content: string;
    try {
      content = readFileSync(join(this.path, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const end = content.indexOf("\n");
    return end === -1 ? undefined : content.slice(0, end);
  }
}

function readEnd(path: string, sizeBytes: number): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.min(sizeBytes, keptBytesMax));
    const position = sizeBytes - bytes.length;
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, position));
  } finally {
    closeSync(descriptor);
  }
}
