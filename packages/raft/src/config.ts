import { assert, assertCounter } from "./errors.ts";
import { assertRaftId, type RaftId } from "./raft-id.ts";
import type { Storage } from "./storage.ts";

/** Everything a member is told once, at start. */
export interface RawNodeConfig {
  readonly id: RaftId;
  /**
   * Ticks without a leader after which a follower may campaign: drawn anew each time from
   * [electionTicks, 2 * electionTicks), so that rivals rarely collide (§5.2). Greater than heartbeatTicks.
   * Under a leader that is heard to beat so slowly that this is less than ten beats, ten beats take its place.
   */
  readonly electionTicks: number;
  /** Ticks between a leader's heartbeats; at least 1. */
  readonly heartbeatTicks: number;
  readonly storage: Storage;
  /** The index up to which the host's state already holds the log: its snapshot's index, or 0. */
  readonly applied: number;
  /** Limit of the entries in one append, in bytes; a larger single entry still travels, alone. */
  readonly entryBytesMax: number;
  /** Appends sent to one follower and not answered yet; at least 1. */
  readonly inflightMessagesMax: number;
  /**
   * Limit of the bytes of entries in such appends; at least entryBytesMax. The append that reaches it still
   * goes out. Default: no limit beyond inflightMessagesMax appends of entryBytesMax.
   */
  readonly inflightBytesMax?: number;
  /** Limit of the leader's entries that are not applied yet, in bytes; proposals beyond are refused. */
  readonly uncommittedBytesMax: number;
  /**
   * Whether to ask around before an election, without raising the term (the thesis, §9.6): a member that was
   * cut off then comes back without deposing the leader. Useful together with checkQuorum. Default false.
   */
  readonly preVote?: boolean;
  /**
   * Whether a leader that has not heard from a majority for electionTicks steps down, and members that heard
   * their leader within electionTicks ignore requests for votes (the thesis, §6.2 and §4.2.3). To be the
   * same on all members. Default false; neither matters to a group of one.
   */
  readonly checkQuorum?: boolean;
  /** Uniform in [0, 1). */
  readonly prng: () => number;
}

/** Limit of the committed entries in one Ready, in bytes: keeps a long replay at start in small steps. */
export const committedBytesPerReadyMax: number = 4 * 1024 * 1024;

/** Limit of the reads that wait for their index on one member; more are refused. */
export const pendingReadsMax = 4096;

/** Asserts every range stated above: a wrong setting is the host's bug, found before it matters. */
export function assertConfig(config: RawNodeConfig): void {
  assertRaftId(config.id);
  assertCounter(config.applied, "applied");
  assertAtLeastOne(config.heartbeatTicks, "heartbeatTicks");
  assertAtLeastOne(config.electionTicks, "electionTicks");
  assert(
    config.electionTicks > config.heartbeatTicks,
    "electionTicks must exceed heartbeatTicks, or followers give up between two heartbeats",
  );
  assertAtLeastOne(config.entryBytesMax, "entryBytesMax");
  assertAtLeastOne(config.inflightMessagesMax, "inflightMessagesMax");
  assertAtLeastOne(config.uncommittedBytesMax, "uncommittedBytesMax");
  assert(
    config.inflightBytesMax === undefined || config.inflightBytesMax >= config.entryBytesMax,
    "inflightBytesMax must not be below entryBytesMax, or one append could not be sent",
  );
}

function assertAtLeastOne(value: number, name: string): void {
  assertCounter(value, name);
  assert(value >= 1, `${name} must be at least 1`);
}
