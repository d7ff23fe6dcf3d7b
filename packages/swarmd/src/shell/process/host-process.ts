// Processes of the host as /proc shows them. A process id alone says little, as ids are used again:
// together with its start time and the boot it is unique.
import { readdirSync, readFileSync } from "node:fs";

/** A process, for ever distinct from any other on this host. */
export interface HostProcess {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTicks: string;
  readonly bootId: string;
}

interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly groupId: number;
  readonly startTicks: string;
}

/** Parses `/proc/PID/stat` as far as it is needed; undefined if it is no such line. */
export function parseStat(line: string): ProcessStat | undefined {
  // The program's name stands in parentheses and may hold anything, also blanks and parentheses.
  const match = /^(\d+) \(.*\) (\S) -?\d+ (-?\d+) ((?:\S+ ){16})(\d+)/s.exec(line);
  if (match === null) return undefined;
  const [, pid, state = "", groupId, , startTicks = ""] = match;
  return { pid: Number(pid), state, groupId: Number(groupId), startTicks };
}

/** True while the process has not ended; one that nobody has collected yet has ended. */
export function isAlive({ pid, startTicks, bootId }: HostProcess): boolean {
  const stat = parseStat(readOrEmpty(`/proc/${pid}/stat`));
  if (stat === undefined || stat.startTicks !== startTicks) return false;
  return stat.state !== "Z" && stat.state !== "X" && bootId === currentBootId();
}

/**
 * Sends a signal to every process of the group that `leader` leads or led. Not for a group that has
 * ended and was seen to end: by now its number may be that of somebody else's.
 */
export function signalGroup(leader: HostProcess, signal: NodeJS.Signals): void {
  if (!isAlive(leader) && !hasOrphanedGroup(leader)) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    // The last of them ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** True when the leader has ended and others of its group live on; its id is not used again then. */
function hasOrphanedGroup({ pid, bootId }: HostProcess): boolean {
  if (bootId !== currentBootId()) return false;
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => parseStat(readOrEmpty(`/proc/${name}/stat`)));
  const members = stats.filter((stat) => stat?.groupId === pid && stat.state !== "Z");
  return members.length > 0 && members.every((stat) => stat?.pid !== pid);
}

let bootId: string | undefined;

function currentBootId(): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return bootId;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Processes come and go between being listed and being read.
    return "";
  }
}
