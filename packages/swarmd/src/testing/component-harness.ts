// Runs components of the leader on a store whose proposals commit at once and in order: what Raft with
// one member and a very fast disk would do.
import { getCodec } from "@swarmkit/proto";
import type { Millis } from "../core/lib/time.ts";
import { MemoryStore } from "../core/store/memory-store.ts";
import type {
  Batch,
  Commit,
  Component,
  Proposal,
  ReadView,
  TableName,
  Tables,
  WriteResult,
  WriteTransaction,
} from "../core/store/types.ts";
import { testEpoch } from "./builders.ts";

/** What the harness drives: a component, or something that is called like one. */
export type Participant = Pick<Component, "handle" | "tick" | "nextDeadline" | "start">;

/** Commits that one change may set off before the harness takes it for an endless loop. */
const commitsMax = 100_000;

export class ComponentHarness {
  readonly #store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  readonly #participants: readonly Participant[];
  readonly #queue: Proposal[] = [];
  readonly #commits: Commit[] = [];
  #now: Millis;
  #nextIndex = 1;
  #isStarted = false;

  constructor(participants: readonly Participant[], now: Millis = testEpoch) {
    this.#participants = participants;
    this.#now = now;
  }

  get now(): Millis {
    return this.#now;
  }

  /** Everything that was committed, oldest first. */
  get commits(): readonly Commit[] {
    return this.#commits;
  }

  /** The committed state. */
  get view(): ReadView {
    return this.#store.view();
  }

  /** The object with this id; it has to be there. */
  get<T extends TableName>(table: T, id: string): Tables[T] {
    const object = this.view.get(table, id);
    if (object === undefined) throw new Error(`there is no ${table} ${id}`);
    return object;
  }

  /** Leadership begins; until then the participants hear nothing. */
  start(): void {
    this.#isStarted = true;
    for (const participant of this.#participants) {
      this.batch((store) => participant.start(store, this.#now));
    }
    this.settle();
  }

  /** Writes, commits, and lets the participants react until they are done. */
  change(change: (transaction: WriteTransaction) => void): void {
    this.batch((store) => store.update(change));
    this.settle();
  }

  create<T extends TableName>(table: T, ...objects: readonly Tables[T][]): void {
    this.batch((store) => {
      for (const object of objects) {
        store.update((transaction) => mustBeDone(transaction.create(table, object)));
      }
    });
    this.settle();
  }

  /** Replaces parts of an object. */
  patch<T extends TableName>(table: T, id: string, parts: Partial<Tables[T]>): void {
    this.change((transaction) => {
      const object = transaction.get(table, id);
      if (object === undefined) throw new Error(`there is no ${table} ${id}`);
      mustBeDone(transaction.update(table, { ...object, ...parts }));
    });
  }

  remove(table: TableName, id: string): void {
    this.change((transaction) => mustBeDone(transaction.remove(table, id)));
  }

  /** Lets time pass; deadlines on the way are met in order. */
  advance(spanMs: Millis): void {
    const end = this.#now + spanMs;
    for (;;) {
      const deadlines = this.#participants.flatMap(
        (participant) => participant.nextDeadline() ?? [],
      );
      const next = Math.min(...deadlines);
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      for (const participant of this.#participants) {
        this.batch((store) => participant.tick(store, this.#now));
      }
      this.settle();
    }
    this.#now = end;
  }

  /** Proposes without committing: what follows sees a newest state that is ahead. */
  batch(run: (store: Batch) => void): void {
    const proposals = this.#store.batch({ nextIndex: this.#nextIndex, now: this.#now }, run);
    this.#nextIndex += proposals.length;
    this.#queue.push(...proposals);
  }

  /** Commits all that is proposed, and what this leads to. */
  settle(): void {
    const commitsBefore = this.#commits.length;
    while (this.commitNext()) {
      if (this.#commits.length - commitsBefore > commitsMax) {
        throw new Error("the components do not come to rest");
      }
    }
  }

  /** Commits the oldest proposal; false when there is none. */
  commitNext(): boolean {
    const proposal = this.#queue.shift();
    if (proposal === undefined) return false;
    const commit = this.#store.commit(proposal);
    this.#commits.push(commit);
    if (!this.#isStarted) return true;
    for (const participant of this.#participants) {
      this.batch((store) => participant.handle(commit, store, this.#now));
    }
    return true;
  }
}

function mustBeDone(result: WriteResult): void {
  if (!result.ok) throw new Error(result.message);
}
