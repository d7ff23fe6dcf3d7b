// A whole leader without log, network and processes: all components, the dispatcher, the control API and
// fake agents on one store. Proposals are committed when the test says so, so everything that reads
// the newest state runs ahead of the commits, as it does with a real log. Leaders can be replaced.
import { getCodec } from "@swarmkit/proto";
import type { ControlContext } from "../core/control/context.ts";
import { controlHandlers } from "../core/control/handlers.ts";
import { Dispatcher } from "../core/dispatcher/dispatcher.ts";
import type { DispatcherEffect } from "../core/dispatcher/effects.ts";
import { createComponents } from "../core/leader/components.ts";
import { createIdSource, type IdSource } from "../core/lib/ids.ts";
import type { Outcome } from "../core/lib/outcome.ts";
import type { Prng } from "../core/lib/prng.ts";
import type { Millis } from "../core/lib/time.ts";
import { isTaskDirty } from "../core/orchestrator/task-dirty.ts";
import { MemoryStore } from "../core/store/memory-store.ts";
import type {
  Batch,
  Commit,
  Component,
  Proposal,
  ReadView,
  WriteTransaction,
} from "../core/store/types.ts";
import { testEpoch } from "./builders.ts";
import { FakeAgent } from "./fake-agent.ts";

/** Rounds without time passing after which the world is taken for an endless loop. */
const roundsMax = 20_000;

export class SwarmWorld {
  readonly agents: Map<string, FakeAgent> = new Map();
  now: Millis = testEpoch;
  readonly #store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  readonly #prng: Prng;
  readonly #ids: IdSource;
  readonly #onCommit: (commit: Commit) => void;
  #queue: Proposal[] = [];
  #nextIndex = 1;
  #nextStreamId = 1;
  #components: readonly Component[] = [];
  #dispatcher: Dispatcher | undefined;

  constructor(prng: Prng, onCommit: (commit: Commit) => void) {
    this.#prng = prng;
    this.#ids = createIdSource(prng);
    this.#onCommit = onCommit;
  }

  /** The committed state. */
  get view(): ReadView {
    return this.#store.view();
  }

  /** The newest state, proposals included. */
  get latest(): ReadView {
    return this.#store.latest();
  }

  get inFlightCount(): number {
    return this.#queue.length;
  }

  get components(): readonly Component[] {
    return this.#components;
  }

  addAgent(nodeId: string): FakeAgent {
    const agent = new FakeAgent(nodeId);
    agent.actAt = this.now;
    this.agents.set(nodeId, agent);
    return agent;
  }

  /**
   * Another leader takes over. Of what is in flight the first `survivingCount` proposals are in its log,
   * the others are lost.
   */
  changeLeader(survivingCount = 0): void {
    for (const effect of this.#dispatcher?.stop() ?? []) this.#perform(effect);
    this.#dispatcher = undefined;
    this.#store.abandon();
    const [first] = this.#queue;
    for (const { index, actions } of this.#queue.slice(0, survivingCount)) {
      this.#onCommit(this.#store.apply({ index, actions }));
    }
    this.#nextIndex = (first?.index ?? this.#nextIndex) + survivingCount;
    this.#queue = [];
    this.#components = createComponents({ ids: this.#ids });
    this.#dispatcher = new Dispatcher({ ids: this.#ids, prng: this.#prng, leaderId: "leader" });
    this.batch((store) => this.#dispatcher?.start(store, this.now));
    for (const component of this.#components) {
      this.batch((store) => component.start(store, this.now));
      this.#checkDeadline(component.name, component.nextDeadline());
    }
  }

  /** A transaction of a user: kept when its outcome is a success. */
  write<T>(change: (transaction: WriteTransaction) => Outcome<T>): Outcome<T> {
    const at = { index: this.#nextIndex, now: this.now };
    const done = this.#store.transact(at, change, ({ ok }) => ok);
    if (!done.ok) throw new Error(done.message);
    if (done.proposal !== undefined) this.#enqueue([done.proposal]);
    return done.value;
  }

  controlContext(): ControlContext {
    const { now } = this;
    return {
      now,
      ids: this.#ids,
      randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.#prng() * 256)),
      members: [],
      findCertificateExpiry: () => undefined,
      isTaskDirty,
    };
  }

  removeNode(nodeId: string): Outcome<unknown> {
    const request = { nodeId, force: true };
    const { run } = controlHandlers.RemoveNode as Extract<
      typeof controlHandlers.RemoveNode,
      { kind: "write" }
    >;
    return this.write((transaction) => run(request, transaction, this.controlContext()));
  }

  batch(run: (store: Batch) => void): void {
    this.#enqueue(this.#store.batch({ nextIndex: this.#nextIndex, now: this.now }, run));
  }

  /** Commits the oldest proposal and shows it to everyone; false when there is none. */
  commitNext(): boolean {
    const proposal = this.#queue.shift();
    if (proposal === undefined) return false;
    const commit = this.#store.commit(proposal);
    this.#onCommit(commit);
    for (const component of this.#components) {
      this.batch((store) => component.handle(commit, store, this.now));
      this.#checkDeadline(component.name, component.nextDeadline());
    }
    this.#performAll(this.#dispatcher?.handle(commit, this.view, this.now) ?? []);
    this.#checkDeadline("dispatcher", this.#dispatcher?.nextDeadline());
    return true;
  }

  /** Everyone whose deadline has come gets a tick, and after it has none that has come. */
  tick(): void {
    for (const component of this.#components) {
      if ((component.nextDeadline() ?? Number.POSITIVE_INFINITY) > this.now) continue;
      this.batch((store) => component.tick(store, this.now));
      this.#checkDeadline(component.name, component.nextDeadline());
    }
    if ((this.#dispatcher?.nextDeadline() ?? Number.POSITIVE_INFINITY) <= this.now) {
      this.batch((store) =>
        this.#performAll(this.#dispatcher?.tick(this.view, store, this.now) ?? []),
      );
      this.#checkDeadline("dispatcher", this.#dispatcher?.nextDeadline());
    }
    for (const agent of this.agents.values()) if (agent.actAt <= this.now) this.#act(agent);
  }

  /** Sends what the agent has to report, if it has a session. */
  report(agent: FakeAgent): void {
    const updates = agent.reports(this.now);
    if (agent.isCutOff || agent.sessionId === "" || updates.length === 0) return;
    this.batch((store) => {
      const { nodeId, sessionId } = agent;
      const call = { nodeId, sessionId, updates };
      const outcome = this.#dispatcher?.updateTaskStatus(call, store, this.now);
      if (outcome?.ok === true) agent.markReported();
      else this.#reconnect(agent);
    });
  }

  /** Lets time pass with everything going as quickly as it can. */
  advance(spanMs: Millis): void {
    const end = this.now + spanMs;
    for (;;) {
      this.settle();
      const next = Math.min(
        ...[...this.#components, this.#dispatcher].map(
          (component) => component?.nextDeadline() ?? Number.POSITIVE_INFINITY,
        ),
        ...[...this.agents.values()].map(({ actAt }) => actAt),
      );
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.tick();
    }
    this.now = end;
    this.tick();
    this.settle();
  }

  /** Commits and has agents work until nothing is left to do at this time. */
  settle(): void {
    for (let round = 0; ; round += 1) {
      if (round > roundsMax) throw new Error("the world does not come to rest");
      const isCommitted = this.commitNext();
      if (isCommitted) continue;
      for (const agent of this.agents.values()) {
        agent.stepAll(this.#prng);
        this.report(agent);
      }
      if (this.#queue.length === 0) return;
    }
  }

  #enqueue(proposals: readonly Proposal[]): void {
    this.#nextIndex += proposals.length;
    this.#queue.push(...proposals);
  }

  #checkDeadline(name: string, deadline: Millis | undefined): void {
    if (deadline === undefined || deadline > this.now) return;
    throw new Error(
      `${name} has a deadline ${this.now - deadline} ms ago, right after it was called`,
    );
  }

  #performAll(effects: readonly DispatcherEffect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: DispatcherEffect): void {
    const agent = [...this.agents.values()].find(
      ({ sessionStream, assignmentsStream }) =>
        sessionStream === effect.streamId || assignmentsStream === effect.streamId,
    );
    if (agent === undefined) return;
    if (effect.kind === "close") this.#reconnect(agent);
    else if (effect.kind === "assignments-message") agent.take(effect.message);
    else if (agent.sessionId !== effect.message.sessionId) {
      agent.sessionId = effect.message.sessionId;
      agent.forgetReports();
      this.#openAssignments(agent);
    }
  }

  /** Both streams are given up; it tries again in a moment. */
  #reconnect(agent: FakeAgent): void {
    for (const streamId of [agent.sessionStream, agent.assignmentsStream]) {
      if (streamId !== undefined) this.#dispatcher?.closeStream(streamId);
    }
    agent.sessionStream = undefined;
    agent.assignmentsStream = undefined;
    agent.sessionId = "";
    agent.actAt = this.now + 100 + Math.floor(this.#prng() * 8000);
  }

  #act(agent: FakeAgent): void {
    agent.actAt = this.now + 4000;
    if (agent.isCutOff) {
      if (agent.sessionId !== "") this.#reconnect(agent);
    } else if (agent.sessionStream === undefined) this.openSession(agent);
    else if (agent.sessionId !== "") {
      const { nodeId, sessionId } = agent;
      const beat = this.#dispatcher?.heartbeat({ nodeId, sessionId }, this.now);
      if (beat?.ok !== true) this.#reconnect(agent);
    }
  }

  /** Opens a session stream: resumes the agent's session, if it has one. */
  openSession(agent: FakeAgent): void {
    const { nodeId, sessionId } = agent;
    const streamId = this.#nextStreamId++;
    agent.sessionStream = streamId;
    const input = { streamId, nodeId, sessionId, address: "10.0.0.1", description: undefined };
    let effects: readonly DispatcherEffect[] = [];
    this.batch((store) => {
      effects = this.#dispatcher?.openSession(input, this.view, store, this.now) ?? [];
    });
    this.#performAll(effects);
  }

  #openAssignments(agent: FakeAgent): void {
    const { nodeId, sessionId } = agent;
    const streamId = this.#nextStreamId++;
    agent.assignmentsStream = streamId;
    const input = { streamId, nodeId, sessionId };
    this.#performAll(this.#dispatcher?.openAssignments(input, this.view, this.now) ?? []);
  }
}
