// The contract between raft and its host: raft returns work as a value, the host does it.
import { committedBytesPerReadyMax } from "./config.ts";
import type { Entry } from "./entry.ts";
import { writeReadHeartbeats } from "./heartbeat.ts";
import type { Message } from "./message.ts";
import type { Raft } from "./raft.ts";
import type { ReadState } from "./read-index.ts";
import { hasAppendsToWrite, writeAppends } from "./replication.ts";
import { type HardState, isSameHardState, type Snapshot, type SoftState } from "./state.ts";

/**
 * Work for the host, in this order: save `snapshot`, `entries` and `hardState`; fsync when `mustSync`;
 * send `messages`; apply `committedEntries`; then call advance(). Never changed after it was returned.
 */
export interface Ready {
  /** Present when it changed. Not to be saved. */
  readonly softState?: SoftState;
  /** Present when it changed. To be saved before messages are sent. */
  readonly hardState?: HardState;
  /**
   * To be saved before messages are sent. Replace whatever storage holds from the first one's index on.
   * When there is a snapshot as well, they follow it.
   */
  readonly entries: readonly Entry[];
  /** To be saved, and to replace the host's state, before anything else of this Ready is applied. */
  readonly snapshot?: Snapshot;
  /**
   * To be applied in order. They were all saved by earlier Readys, so a host may also apply them while
   * this Ready is being saved. Membership changes among them go to applyConfChange() before advance().
   */
  readonly committedEntries: readonly Entry[];
  /** Reads that may be served once their index is applied; that may be in a later Ready, or was before. */
  readonly readStates: readonly ReadState[];
  /** To be sent after the above is saved: an answer promises that what it answers is on disk (§5.1). */
  readonly messages: readonly Message[];
  /** Whether saving must reach the disk; false when only the commit index moved. */
  readonly mustSync: boolean;
}

/** What the host knows already, from the Readys before. */
export interface Handed {
  readonly hardState: HardState;
  readonly softState: SoftState;
}

/** Whether a Ready would carry anything. */
export function hasWork(raft: Raft, handed: Handed): boolean {
  return (
    raft.messages.length > 0 ||
    raft.readStates.length > 0 ||
    raft.readOnly.isRoundDue() ||
    raft.log.unstable.hasNext() ||
    raft.log.hasNextCommitted() ||
    changedSoftState(raft, handed) !== undefined ||
    !isSameHardState(raft.hardState(), handed.hardState) ||
    hasAppendsToWrite(raft)
  );
}

/** Takes everything there is to do, and marks it as under way. */
export function takeReady(raft: Raft, handed: Handed): Ready {
  writeAppends(raft);
  writeReadHeartbeats(raft);
  const hardState = raft.hardState();
  const softState = changedSoftState(raft, handed);
  const entries = raft.log.unstable.nextEntries();
  const snapshot = raft.log.unstable.nextSnapshot();
  const committedEntries = raft.log.nextCommitted(committedBytesPerReadyMax);
  const messages = raft.messages;
  const readStates = raft.readStates;
  raft.messages = [];
  raft.readStates = [];
  raft.log.unstable.acceptInProgress();
  const isVoteNew =
    hardState.term !== handed.hardState.term || hardState.vote !== handed.hardState.vote;
  return {
    ...(softState === undefined ? {} : { softState }),
    ...(isSameHardState(hardState, handed.hardState) ? {} : { hardState }),
    entries,
    ...(snapshot === undefined ? {} : { snapshot }),
    committedEntries,
    readStates,
    messages,
    mustSync: entries.length > 0 || snapshot !== undefined || isVoteNew,
  };
}

/** Takes note that the host has done all of `ready`; `hardState` is the newest that is saved. */
export function finishReady(raft: Raft, ready: Ready, hardState: HardState): void {
  if (ready.snapshot !== undefined) raft.installed(ready.snapshot.metadata);
  const last = ready.entries.at(-1);
  if (last !== undefined) raft.log.unstable.stableTo(last.index, last.term);
  raft.applied(ready.committedEntries);
  raft.saved(hardState);
}

function changedSoftState(raft: Raft, handed: Handed): SoftState | undefined {
  const { leader, role } = raft;
  const isSame = leader === handed.softState.leader && role === handed.softState.role;
  return isSame ? undefined : { leader, role };
}
