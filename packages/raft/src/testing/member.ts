// The smallest honest host: a disk that survives crashes, and a state machine that lists what it applied.
import type { Bootstrap } from "../bootstrap.ts";
import { type Entry, isConfChange } from "../entry.ts";
import { assert } from "../errors.ts";
import type { Message } from "../message.ts";
import type { RaftId } from "../raft-id.ts";
import { RawNode } from "../raft-node.ts";
import type { Ready } from "../ready.ts";
import type { ConfState, Snapshot } from "../state.ts";
import { JournaledStorage } from "./journaled-storage.ts";
import { decodeText, encodeText, parseConfChange } from "./text.ts";

/** Limits of a test member; small ones make the interesting cases frequent. */
export interface MemberOptions {
  readonly id: RaftId;
  /** The membership the disk starts with. */
  readonly voters: readonly RaftId[];
  /** The log the disk starts with. */
  readonly bootstrap?: Bootstrap;
  readonly prng: () => number;
  readonly electionTicks?: number;
  readonly entryBytesMax?: number;
  readonly inflightMessagesMax?: number;
  readonly uncommittedBytesMax?: number;
  readonly inflightBytesMax?: number;
  readonly preVote?: boolean;
  readonly checkQuorum?: boolean;
}

/** A crash loses everything here except what `storage` has synced. */
export class Member {
  readonly id: RaftId;
  storage: JournaledStorage;
  /** The state machine: every value that was applied, oldest first. */
  values: readonly string[] = [];
  appliedIndex = 0;
  private readonly options: MemberOptions;
  private confState: ConfState;
  private running: RawNode | undefined = undefined;
  private outstanding: Ready | undefined = undefined;

  constructor(options: MemberOptions) {
    this.id = options.id;
    this.options = options;
    this.storage = new JournaledStorage({ voters: options.voters });
    this.confState = { voters: options.voters };
    if (options.bootstrap !== undefined) {
      this.storage.append(options.bootstrap.entries);
      this.storage.setHardState(options.bootstrap.hardState);
    }
    this.storage.sync();
    this.start();
  }

  get node(): RawNode {
    assert(this.running !== undefined, `member ${this.id} is down`);
    return this.running;
  }

  isUp(): boolean {
    return this.running !== undefined;
  }

  isBusy(): boolean {
    return this.outstanding !== undefined;
  }

  /** Starts from what the disk holds, as after a restart. */
  start(): void {
    assert(this.running === undefined, `member ${this.id} is up`);
    this.install(this.storage.snapshot());
    this.running = new RawNode({
      id: this.id,
      electionTicks: this.options.electionTicks ?? 10,
      heartbeatTicks: 1,
      storage: this.storage,
      applied: this.appliedIndex,
      entryBytesMax: this.options.entryBytesMax ?? 65_535,
      inflightMessagesMax: this.options.inflightMessagesMax ?? 256,
      uncommittedBytesMax: this.options.uncommittedBytesMax ?? 1_048_576,
      inflightBytesMax: this.options.inflightBytesMax ?? 1_048_576,
      preVote: this.options.preVote ?? false,
      checkQuorum: this.options.checkQuorum ?? false,
      prng: this.options.prng,
    });
  }

  /** The power fails; of the writes that no sync followed, the first `keptCount` survive. */
  crash(keptCount = 0): void {
    this.running = undefined;
    this.outstanding = undefined;
    this.storage = this.storage.afterPowerFailure(keptCount);
  }

  heldReady(): Ready {
    return this.expectOutstanding();
  }

  take(): Ready {
    this.outstanding = this.node.ready();
    return this.outstanding;
  }

  /** Saving twice is harmless: a Ready's entries replace themselves. */
  saveLog(): void {
    const { snapshot, entries } = this.expectOutstanding();
    const isNew = snapshot !== undefined && snapshot !== this.storage.snapshot();
    if (isNew) this.storage.applySnapshot(snapshot);
    this.storage.append(entries);
  }

  saveHardState(): void {
    const { hardState } = this.expectOutstanding();
    if (hardState !== undefined) this.storage.setHardState(hardState);
  }

  sync(): void {
    if (this.expectOutstanding().mustSync) this.storage.sync();
  }

  apply(): readonly Entry[] {
    const { snapshot, committedEntries } = this.expectOutstanding();
    if (snapshot !== undefined) this.install(snapshot);
    for (const entry of committedEntries) this.applyEntry(entry);
    return committedEntries;
  }

  advance(): void {
    this.node.advance(this.expectOutstanding());
    this.outstanding = undefined;
  }

  /** Everything a host does with a Ready; answers what is to be sent. */
  finish(): readonly Message[] {
    this.saveLog();
    this.saveHardState();
    this.sync();
    return this.finishSaved();
  }

  /** What a host must not do, for checking the checkers. */
  finishWithoutSync(): readonly Message[] {
    this.saveLog();
    this.saveHardState();
    return this.finishSaved();
  }

  createSnapshot(): void {
    this.storage.createSnapshot(
      this.appliedIndex,
      this.confState,
      encodeText(this.values.join(" ")),
    );
    this.storage.sync();
  }

  private applyEntry(entry: Entry): void {
    assert(entry.index === this.appliedIndex + 1, `member ${this.id} skipped an entry`);
    this.appliedIndex = entry.index;
    const text = decodeText(entry.data);
    if (isConfChange(entry)) this.confState = this.node.applyConfChange(parseConfChange(text));
    else if (text !== "") this.values = [...this.values, text];
  }

  private install(snapshot: Snapshot): void {
    const text = decodeText(snapshot.data);
    this.values = text === "" ? [] : text.split(" ");
    this.appliedIndex = snapshot.metadata.index;
    this.confState = snapshot.metadata.confState;
  }

  private finishSaved(): readonly Message[] {
    const { messages } = this.expectOutstanding();
    this.apply();
    this.advance();
    return messages;
  }

  private expectOutstanding(): Ready {
    assert(this.outstanding !== undefined, `member ${this.id} has no Ready in hand`);
    return this.outstanding;
  }
}
