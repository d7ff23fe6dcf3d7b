// What a run is made of. Each seed draws its own: which faults there are and how often, so that rare
// combinations are not buried under all faults at once.
import { Random } from "./engine/random.ts";

/** The faults, by name; each has a mean pause between two of its kind. */
export const faultNames = [
  "partition",
  "isolate",
  "one-way cut",
  "bad network",
  "kill",
  "power failure",
  "power failure of all",
  "slow disk",
  "failing disk",
  "full disk",
  "clock rate",
  "clock jump",
  "pause",
  "transfer",
  "stop",
  "join",
  "demote",
  "agent crash",
  "task failures",
] as const;

export type FaultName = (typeof faultNames)[number];

/** When it hurts most to crash or to lose touch with the others. */
export type BadMoment = "lead" | "commit" | "vote" | "append" | "install";

export interface RunConfig {
  readonly seed: number;
  /** What was not drawn but asked for. */
  readonly forced: Partial<RunConfig>;
  /** Managers that the run begins with. */
  readonly managersCount: number;
  readonly managersMax: number;
  readonly agentsCount: number;
  readonly clientsCount: number;
  readonly keysCount: number;
  readonly clientPauseMs: number;
  readonly valueBytes: number;
  readonly hasServices: boolean;
  readonly snapshotIntervalEntries: number;
  readonly keptEntries: number;
  /** How long there are faults. */
  readonly faultsMs: number;
  /** Mean pause between two faults of a kind; absent when the run has none of it. */
  readonly faults: Partial<Readonly<Record<FaultName, number>>>;
  /**
   * How often a member crashes or is cut off as it begins to lead, commits, votes, takes an append or has
   * installed a snapshot.
   */
  readonly badMoments: Partial<Readonly<Record<BadMoment, number>>>;
  /** Mean time that a crashed manager stays away. */
  readonly restartMs: number;
  /** Mean time that a cut, bad network, disk or clock lasts. */
  readonly faultLastsMs: number;
  readonly lossShare: number;
  readonly doubleShare: number;
  readonly lateShare: number;
  readonly latencyMs: number;
}

/** Time within which all must work again after the last fault. */
export const healingMsMax = 120_000;

export function drawConfig(seed: number, forced: Partial<RunConfig> = {}): RunConfig {
  const random = new Random(seed, "config");
  const managersCount = random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7]);
  const intensity = random.pick([0.3, 0.6, 1, 1, 1.5]);
  const faults: Partial<Record<FaultName, number>> = {};
  for (const name of faultNames) {
    if (random.chance(0.45)) faults[name] = random.between(4000, 20_000) / intensity;
  }
  const isNoisy = random.chance(0.5);
  return {
    seed,
    managersCount,
    managersMax: Math.min(7, managersCount + 2),
    agentsCount: random.whole(0, 4),
    clientsCount: random.whole(1, 5),
    keysCount: random.whole(1, 4),
    clientPauseMs: random.pick([50, 150, 400]),
    valueBytes: random.chance(0.05) ? 40_000 : 0,
    hasServices: random.chance(0.7),
    snapshotIntervalEntries: random.pick([10, 20, 50, 200]),
    keptEntries: random.pick([0, 0, 5, 20, 100]),
    faultsMs: random.whole(15_000, 40_000),
    faults,
    badMoments: random.chance(0.3)
      ? {
          lead: random.pick([0, 0.3, 0.6]),
          commit: random.pick([0, 0.01, 0.05]),
          vote: random.pick([0, 0.1, 0.4]),
          append: random.pick([0, 0.005, 0.02]),
          install: random.pick([0, 0.3]),
        }
      : {},
    restartMs: random.pick([300, 1500, 4000]),
    faultLastsMs: random.pick([1000, 4000, 4000, 8000]),
    lossShare: isNoisy ? random.pick([0, 0.01, 0.05, 0.2]) : 0,
    doubleShare: isNoisy ? random.pick([0, 0.01, 0.1]) : 0,
    lateShare: isNoisy ? random.pick([0, 0.02, 0.2]) : 0,
    latencyMs: random.pick([0.5, 1, 5, 20]),
    ...forced,
    forced,
  };
}
