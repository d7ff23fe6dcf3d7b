// The store's contract. Objects are plain, frozen values; a change is a new object.
import type {
  Cluster,
  Config,
  Extension,
  Network,
  Node,
  NodeRole,
  NodeSpecMembership,
  Resource,
  Secret,
  Service,
  StoreAction,
  Task,
  TaskState,
  Volume,
} from "@swarmkit/proto/types";
import type { Millis } from "../lib/time.ts";

/** Every table with the type of its objects. */
export interface Tables {
  readonly node: Node;
  readonly service: Service;
  readonly network: Network;
  readonly task: Task;
  readonly cluster: Cluster;
  readonly secret: Secret;
  readonly config: Config;
  readonly resource: Resource;
  readonly extension: Extension;
  readonly volume: Volume;
}

export type TableName = keyof Tables;

/** Selections that every table answers from an index or the primary order. */
export type CommonQuery =
  | { readonly by: "all" }
  | { readonly by: "id-prefix"; readonly prefix: string }
  /** Names are compared lower-cased, as SwarmKit's index does. */
  | { readonly by: "name"; readonly name: string }
  | { readonly by: "name-prefix"; readonly prefix: string };

/** Selections on a task's references and states. */
export type TaskQuery =
  | { readonly by: "service"; readonly serviceId: string }
  | { readonly by: "node"; readonly nodeId: string }
  | { readonly by: "slot"; readonly serviceId: string; readonly slot: number }
  | { readonly by: "desired-state"; readonly state: TaskState }
  | { readonly by: "task-state"; readonly state: TaskState };

export type NodeQuery =
  | { readonly by: "role"; readonly role: NodeRole }
  | { readonly by: "membership"; readonly membership: NodeSpecMembership };

export type Query<T extends TableName> =
  | CommonQuery
  | (T extends "task" ? TaskQuery : never)
  | (T extends "node" ? NodeQuery : never);

/** An immutable view of the state: it does not change while it is held. */
export interface ReadView {
  get<T extends TableName>(table: T, id: string): Tables[T] | undefined;
  /** Objects in ascending id order. */
  find<T extends TableName>(table: T, query: Query<T>): readonly Tables[T][];
  /** Number of objects in a table. */
  count(table: TableName): number;
}

/** Why a write was refused; the texts are SwarmKit's, clients match some of them. */
export type WriteRefusal =
  | "exists"
  | "not-found"
  | "name-conflict"
  | "out-of-sequence"
  | "kind-unregistered";

export type WriteResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: WriteRefusal; readonly message: string };

/** One transaction: reads see its own writes; all of it is committed, or nothing. */
export interface WriteTransaction extends ReadView {
  /** Fills `meta` (version, created and updated times). */
  create<T extends TableName>(table: T, object: Tables[T]): WriteResult;
  /** Refused when `object.meta.version` is not the stored version. Fills `meta`. */
  update<T extends TableName>(table: T, object: Tables[T]): WriteResult;
  remove<T extends TableName>(table: T, id: string): WriteResult;
}

/** Many transactions in one go. The view is the newest state, all earlier updates included. */
export interface Batch extends ReadView {
  /** One indivisible change; neighbours may share a Raft entry (at most 200 changes, 1.125 MiB). */
  update(change: (transaction: WriteTransaction) => void): void;
}

/** One object's change in a commit. `old` is absent when it is not known (replay from the log). */
export type StoreEvent = {
  [T in TableName]:
    | { readonly table: T; readonly kind: "create"; readonly object: Tables[T] }
    | {
        readonly table: T;
        readonly kind: "update";
        readonly object: Tables[T];
        readonly old: Tables[T];
      }
    | { readonly table: T; readonly kind: "remove"; readonly object: Tables[T] };
}[TableName];

/** What one committed Raft entry changed, in the order of its actions. */
export interface Commit {
  /** Raft index of the entry; the `meta.version.index` of what it wrote. */
  readonly index: number;
  readonly events: readonly StoreEvent[];
}

/** A transaction on its way through Raft. */
export interface Proposal {
  /** Raft index at which the entry must be committed, or else be given up. */
  readonly index: number;
  readonly actions: readonly StoreAction[];
  /** The actions' encodings, in order: what the entry will carry. */
  readonly encodedActions: readonly Uint8Array[];
}

/**
 * A part of the leader that turns state into more state: orchestrators, allocator, scheduler. It sees
 * each commit once and in order, and writes through `store`, whose view may be ahead of the commits
 * (it includes what is proposed and not yet committed). It is made anew at each leadership.
 */
export interface Component {
  readonly name: string;
  /** Called once, before any commit, with the whole state in `store`. */
  start(store: Batch, now: Millis): void;
  handle(commit: Commit, store: Batch, now: Millis): void;
  /** Called when the deadline has come (or later). */
  tick(store: Batch, now: Millis): void;
  /** When `tick` wants to be called; undefined means: not before another commit. */
  nextDeadline(): Millis | undefined;
}
