// How long writes stand still when the leader of three managers goes: killed, and stopped in order. They
// are made by gRPC on another manager's control socket, which passes them on to whoever leads.
import { setTimeout as pause } from "node:timers/promises";
import type { LocalNode } from "../lib/local-swarm.ts";
import { say } from "../lib/run.ts";
import type { Control } from "./control.ts";
import { connect, type Managers, type Place, withManagers, writeOnce } from "./managers.ts";
import type { Figure } from "./report.ts";
import { summarize } from "./statistics.ts";

const managers = 3;
const roundsMin = 10;
/** Between two attempts of a write that was refused. */
const againMs = 2;
/** Writes go on so long after a leader has ended in order: what it leaves behind must not hurt. */
const afterwardsMs = 1000;
/** A group that has just become whole has messages of its own to send. */
const settleMs = 500;
const giveUpMs = 60_000;
const killedMaxMs = 2000;
const stoppedMaxMs = 300;

export async function measureFailover(place: Place, rounds: number): Promise<readonly Figure[]> {
  const count = Math.max(rounds, roundsMin);
  return await withManagers(place, { count: managers }, async (world) => {
    const killed: number[] = [];
    const stopped: number[] = [];
    for (let round = 1; round <= count; round += 1) {
      killed.push(await measureRound(world, place.signal, `killed-${round}`, timeKill));
      stopped.push(await measureRound(world, place.signal, `stopped-${round}`, timeStop));
      const [last, other] = [killed.at(-1), stopped.at(-1)].map((ms) => ms?.toFixed(0));
      say(`failover: round ${round}: killed ${last} ms, stopped in order ${other} ms`);
    }
    return [
      {
        name: "leader killed: until the next write",
        unit: "ms",
        summary: summarize(killed),
        medianMax: killedMaxMs,
      },
      {
        name: "leader stopped: longest wait of a write",
        unit: "ms",
        summary: summarize(stopped),
        medianMax: stoppedMaxMs,
      },
    ];
  });
}

type Time = (leader: LocalNode, control: Control, name: string) => Promise<number>;

async function measureRound(
  { swarm, order }: Managers,
  signal: AbortSignal,
  name: string,
  time: Time,
): Promise<number> {
  signal.throwIfAborted();
  const [leader, other] = await order();
  if (other === undefined) throw new Error("there is no other manager");
  const control = connect(other);
  try {
    await writeOnce(control, `before-${name}`);
    await pause(settleMs);
    return await time(leader, control, name);
  } finally {
    control.close();
    await swarm.stop(leader);
    swarm.start(leader);
    await swarm.waitUntilReachable(managers, other);
  }
}

/** From the kill to the end of the first write that was begun after it. */
async function timeKill(leader: LocalNode, control: Control, name: string): Promise<number> {
  const start = performance.now();
  leader.process?.kill("SIGKILL");
  await writeUntilDone(control, name, start);
  return performance.now() - start;
}

/** The longest time between two writes that succeeded, from the signal to a while after the end. */
async function timeStop(leader: LocalNode, control: Control, name: string): Promise<number> {
  const start = performance.now();
  const end = leader.stop().then(() => pause(afterwardsMs));
  let hasEnded = false;
  void end.then(() => {
    hasEnded = true;
  });
  let longestMs = 0;
  let last = start;
  for (let number = 0; !hasEnded; number += 1) {
    await writeUntilDone(control, `${name}-${number}`, last);
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    await pause(againMs);
  }
  await end;
  return longestMs;
}

/** A failed attempt may have been carried out, so each has a name of its own. */
async function writeUntilDone(control: Control, name: string, start: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeOnce(control, `${name}-try-${attempt}`);
      return;
    } catch (error) {
      if (performance.now() - start > giveUpMs) throw error;
      await pause(againMs);
    }
  }
}
