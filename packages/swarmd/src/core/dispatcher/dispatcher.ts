// The leader's side of every agent: sessions, heartbeats, task status, assignments. Pure: the shell owns
// the streams, feeds calls and commits in, and does what the returned effects say, in their order.
//
// Two views of the state come in. `committed` is what Raft has agreed on: only that is ever told to an
// agent. `store` is the newest state, for writing. The caller's identity is checked by the shell.
import type { Cluster, Node, Peer } from "@swarmkit/proto/types";
import { DeadlineQueue } from "../lib/deadline-queue.ts";
import type { IdSource } from "../lib/ids.ts";
import { type Outcome, type Refusal, succeed } from "../lib/outcome.ts";
import type { Prng } from "../lib/prng.ts";
import type { Millis } from "../lib/time.ts";
import type { Batch, Commit, ReadView, StoreEvent } from "../store/types.ts";
import { AssignmentStreams } from "./assignment-streams.ts";
import { ClusterFacts } from "./cluster-facts.ts";
import {
  closeWith,
  type DispatcherEffect,
  type DispatcherEffects,
  type OpenAssignmentsInput,
  type OpenSessionInput,
  type SessionCall,
  type StreamId,
  type TaskStatusInput,
} from "./effects.ts";
import { orphanAfterMs } from "./limits.ts";
import {
  heartbeatFailure,
  markDown,
  markReady,
  markUnknown,
  orphanTasks,
  unknownHeartbeatFailure,
} from "./node-writes.ts";
import {
  dispatcherStopped,
  mustDisconnect,
  nodeNotFound,
  sessionInvalid,
  streamReplaced,
} from "./refusals.ts";
import { type Session, SessionTable } from "./session-table.ts";
import { TaskStatusQueue } from "./task-status-queue.ts";

export interface DispatcherOptions {
  /** Gives session ids. */
  readonly ids: IdSource;
  /** For the heartbeat's jitter. */
  readonly prng: Prng;
  /** Node id of this leader: `appliedBy` of the statuses it writes. */
  readonly leaderId: string;
}

/** Made anew at each leadership; sessions of an earlier one are unknown to it. */
export class Dispatcher {
  readonly #leaderId: string;
  readonly #facts = new ClusterFacts();
  readonly #sessions: SessionTable;
  readonly #assignments = new AssignmentStreams();
  readonly #statuses: TaskStatusQueue;
  /** When the tasks of DOWN nodes are given up. */
  readonly #orphanings = new DeadlineQueue();
  /** Node of each open stream. */
  readonly #nodeOfStream = new Map<StreamId, string>();
  #isStopped = false;

  constructor(options: DispatcherOptions) {
    this.#leaderId = options.leaderId;
    this.#sessions = new SessionTable(options);
    this.#statuses = new TaskStatusQueue(options.leaderId);
  }

  /** A new leader has heard of no node yet: each that was not DOWN is UNKNOWN until it comes, or is late. */
  start(store: Batch, now: Millis): void {
    const [cluster] = store.find("cluster", { by: "all" });
    if (cluster !== undefined) this.#facts.setCluster(cluster);
    for (const node of store.find("node", { by: "all" })) {
      if (node.status.state === "DOWN") {
        this.#orphanings.set(node.id, now + orphanAfterMs);
      } else {
        markUnknown(node.id, store);
        this.#sessions.awaitNode(node.id, this.#facts.heartbeatPeriodMs, now);
      }
    }
  }

  /**
   * Dispatcher.Session: resumes the named session, or registers the node. Its first message comes when
   * the node's new state is committed, here or from `handle`.
   */
  openSession(
    input: OpenSessionInput,
    committed: ReadView,
    store: Batch,
    now: Millis,
  ): DispatcherEffects {
    const { nodeId, streamId } = input;
    if (this.#isStopped) return [closeWith(streamId, dispatcherStopped)];
    if (store.get("node", nodeId) === undefined) return [closeWith(streamId, nodeNotFound)];
    const effects: DispatcherEffect[] = [];
    const resumed = this.#sessions.check(input);
    if (resumed.ok) {
      effects.push(...this.#closeSessionStream(resumed.value, streamReplaced));
    } else {
      const replaced = this.#sessions.get(nodeId);
      const registered = this.#sessions.register(nodeId, now);
      if (!registered.ok) return [closeWith(streamId, registered)];
      if (replaced !== undefined) effects.push(...this.#closeStreams(replaced, sessionInvalid));
    }
    markReady(nodeId, input, store);
    this.#orphanings.delete(nodeId);
    this.#sessions.beat(nodeId, this.#facts.heartbeatPeriodMs, now);
    const session = this.#sessions.get(nodeId);
    if (session === undefined) return effects;
    const awaitedVersion = store.get("node", nodeId)?.meta.version.index ?? 0;
    session.stream = { id: streamId, awaitedVersion, toldNode: undefined };
    this.#nodeOfStream.set(streamId, nodeId);
    return [...effects, ...this.#tellNode(session, committed.get("node", nodeId))];
  }

  /** Dispatcher.Assignments: the whole set now, changes from `handle` and `tick`. */
  openAssignments(
    input: OpenAssignmentsInput,
    committed: ReadView,
    now: Millis,
  ): DispatcherEffects {
    const { nodeId, streamId } = input;
    const session = this.#check(input);
    if (!session.ok) return [closeWith(streamId, session)];
    const effects = this.#closeAssignments(nodeId, streamReplaced);
    this.#nodeOfStream.set(streamId, nodeId);
    return [...effects, this.#assignments.open(nodeId, streamId, committed, now)];
  }

  /** The agent, or the network, has ended a stream. The session goes on while the node beats. */
  closeStream(streamId: StreamId): void {
    const nodeId = this.#nodeOfStream.get(streamId);
    this.#nodeOfStream.delete(streamId);
    if (nodeId === undefined) return;
    const session = this.#sessions.get(nodeId);
    if (session?.stream?.id === streamId) session.stream = undefined;
    if (this.#assignments.idOf(nodeId) === streamId) this.#assignments.close(nodeId);
  }

  /** Dispatcher.Heartbeat: gives the time until the next is expected. */
  heartbeat(input: SessionCall, now: Millis): Outcome<{ readonly periodMs: Millis }> {
    const session = this.#check(input);
    if (!session.ok) return session;
    const periodMs = this.#sessions.beat(input.nodeId, this.#facts.heartbeatPeriodMs, now);
    return succeed({ periodMs });
  }

  /** Dispatcher.UpdateTaskStatus: answered before it is committed, as SwarmKit does. */
  updateTaskStatus(input: TaskStatusInput, store: Batch, now: Millis): Outcome<void> {
    const session = this.#check(input);
    if (!session.ok) return session;
    const added = this.#statuses.add(input, store);
    if (added.ok) this.#statuses.flush(store, now);
    return added;
  }

  /** The managers that agents may turn to have changed. */
  setManagers(peers: readonly Peer[]): DispatcherEffects {
    return this.#facts.setManagers(peers) ? this.#tellAll() : [];
  }

  handle(commit: Commit, committed: ReadView, now: Millis): DispatcherEffects {
    const effects = commit.events.flatMap((event) => this.#learn(event, committed));
    return [...effects, ...this.#assignments.flush(committed, now)];
  }

  tick(committed: ReadView, store: Batch, now: Millis): DispatcherEffects {
    const effects = this.#sessions
      .takeSilent(now)
      .flatMap((nodeId) => this.#loseNode(nodeId, store, now));
    for (const nodeId of this.#orphanings.takeDue(now)) {
      orphanTasks(nodeId, { leaderId: this.#leaderId, now }, store);
    }
    this.#statuses.flush(store, now);
    return [...effects, ...this.#assignments.flush(committed, now)];
  }

  nextDeadline(): Millis | undefined {
    const deadlines = [
      this.#sessions.nextDeadline(),
      this.#orphanings.next(),
      this.#statuses.flushAt,
      this.#assignments.nextDeadline(),
    ].filter((deadline) => deadline !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** Leadership ends: agents are sent away to find the next leader. */
  stop(): DispatcherEffects {
    this.#isStopped = true;
    const effects = [...this.#sessions.values()].flatMap((session) =>
      this.#closeStreams(session, mustDisconnect),
    );
    return effects;
  }

  #check(call: SessionCall): Outcome<Session> {
    return this.#isStopped ? dispatcherStopped : this.#sessions.check(call);
  }

  #learn(event: StoreEvent, committed: ReadView): DispatcherEffects {
    if (event.table === "task") this.#assignments.note(event);
    if (event.table === "cluster" && event.kind !== "remove")
      return this.#learnCluster(event.object);
    if (event.table !== "node") return [];
    const { id } = event.object;
    if (event.kind === "remove") return this.#forgetNode(id);
    const session = this.#sessions.get(id);
    return session === undefined ? [] : this.#tellNode(session, committed.get("node", id));
  }

  #learnCluster(cluster: Cluster): DispatcherEffects {
    return this.#facts.setCluster(cluster) ? this.#tellAll() : [];
  }

  /** Sends the node when it is what the stream waits for, or newer than what was told. */
  #tellNode(session: Session, node: Node | undefined): DispatcherEffects {
    const { stream } = session;
    if (stream === undefined || node === undefined) return [];
    const version = node.meta.version.index;
    if (version < stream.awaitedVersion) return [];
    if (stream.toldNode !== undefined && version <= stream.toldNode.meta.version.index) return [];
    stream.toldNode = node;
    const message = this.#facts.toMessage(session.id, node);
    return [{ kind: "session-message", streamId: stream.id, message }];
  }

  /** Tells everyone who has had the first message already. */
  #tellAll(): DispatcherEffects {
    return [...this.#sessions.values()].flatMap(({ id, stream }): DispatcherEffects => {
      if (stream?.toldNode === undefined) return [];
      const message = this.#facts.toMessage(id, stream.toldNode);
      return [{ kind: "session-message", streamId: stream.id, message }];
    });
  }

  #loseNode(nodeId: string, store: Batch, now: Millis): DispatcherEffects {
    const session = this.#sessions.end(nodeId);
    const reason = session === undefined ? unknownHeartbeatFailure : heartbeatFailure;
    markDown(nodeId, reason, store);
    this.#orphanings.set(nodeId, now + orphanAfterMs);
    return session === undefined ? [] : this.#closeStreams(session, mustDisconnect);
  }

  #forgetNode(nodeId: string): DispatcherEffects {
    this.#orphanings.delete(nodeId);
    const session = this.#sessions.forget(nodeId);
    return session === undefined ? [] : this.#closeStreams(session, mustDisconnect);
  }

  #closeStreams(session: Session, refusal: Refusal): DispatcherEffects {
    const sessionStream = this.#closeSessionStream(session, refusal);
    return [...sessionStream, ...this.#closeAssignments(session.nodeId, refusal)];
  }

  #closeSessionStream(session: Session, refusal: Refusal): DispatcherEffects {
    const { stream } = session;
    if (stream === undefined) return [];
    session.stream = undefined;
    this.#nodeOfStream.delete(stream.id);
    return [closeWith(stream.id, refusal)];
  }

  #closeAssignments(nodeId: string, refusal: Refusal): DispatcherEffects {
    const streamId = this.#assignments.close(nodeId);
    if (streamId === undefined) return [];
    this.#nodeOfStream.delete(streamId);
    return [closeWith(streamId, refusal)];
  }
}
