// Where the leader is, and the connections to it.
import type { Clock } from "../clock.ts";
import { ConnectionPool, type Trust } from "./connection.ts";
import { RpcError } from "./rpc-error.ts";

/** Who leads, as a manager that has calls for the leader sees it. */
export type Leader =
  | { readonly kind: "self" }
  | { readonly kind: "remote"; readonly connections: LeaderPool };

/** The part of a pool that calls need. */
export type LeaderPool = Pick<ConnectionPool, "find" | "open">;

/** What the services of a manager ask to find the leader. */
export interface LeaderRoute {
  /** The leader, the same object as long as it is the same; undefined while none is known. */
  readonly leader: Leader | undefined;
  /** Since when none is known, on the clock's time; undefined while one is. */
  readonly leaderlessSinceMs: number | undefined;
  /**
   * Resolves at the next change, after `timeoutMs`, or when the signal is aborted; rejects with an
   * `RpcError` when too many wait already.
   */
  changed(timeoutMs: number, signal: AbortSignal): Promise<void>;
  now(): number;
}

/** A member that leads. */
export interface RemoteLeader {
  readonly nodeId: string;
  /** Its `host:port`. */
  readonly addr: string;
}

/**
 * Calls under way on a leader that leads no more have this time to be answered, in milliseconds: one that
 * is alive says that it lost the lead, and of one that is dead nothing will come.
 */
const drainMs = 1000;
/** Calls that may wait for a change at once; after a failover all agents call. */
const waitingMax = 10_000;

/** The route of a manager, fed with what Raft knows. */
export class LeaderConnections implements LeaderRoute {
  readonly #clock: Clock;
  readonly #trust: () => Trust;
  readonly #waiting = new Set<() => void>();
  /** Pools that take no new calls, of leaders that still lead or led a moment ago. */
  readonly #retired = new Set<ConnectionPool>();
  #remote: { readonly member: RemoteLeader; readonly pool: ConnectionPool } | undefined;
  #leader: Leader | undefined;
  #leaderlessSinceMs: number | undefined;
  #isClosed = false;

  /** `trust` gives the certificate to show, as it is when a connection to a new leader is made. */
  constructor(options: { readonly clock: Clock; readonly trust: () => Trust }) {
    this.#clock = options.clock;
    this.#trust = options.trust;
    this.#leaderlessSinceMs = options.clock.now();
  }

  get leader(): Leader | undefined {
    return this.#leader;
  }

  get leaderlessSinceMs(): number | undefined {
    return this.#leaderlessSinceMs;
  }

  /** Calls that wait for a change. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#clock.now();
  }

  /**
   * Tells who leads: "self" once this manager can answer as the leader, and not before; until then
   * calls wait. Without a leader the connections to the last one stay: it may turn out that it
   * has led all the time, and its streams need not be opened anew.
   */
  setLeader(leader: RemoteLeader | "self" | undefined): void {
    if (this.#isClosed) return;
    if (leader === undefined) {
      if (this.#leader === undefined) return;
      this.#leaderlessSinceMs = this.#clock.now();
      this.#change(undefined);
      return;
    }
    this.#leaderlessSinceMs = undefined;
    if (leader === "self") {
      if (this.#leader?.kind === "self") return;
      this.#leave();
      this.#change({ kind: "self" });
    } else {
      this.#follow(leader);
    }
  }

  /** New connections show the certificate as it is from now on; streams go on where they are. */
  identityChanged(): void {
    const remote = this.#remote;
    if (remote === undefined) return;
    this.#retire(remote.pool);
    this.#remote = undefined;
    if (this.#leader?.kind === "remote") this.#follow(remote.member);
  }

  changed(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    if (this.#waiting.size >= waitingMax) {
      const message = "too many calls wait for a leader; try again in a moment";
      return Promise.reject(new RpcError("resource-exhausted", message));
    }
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#waiting.delete(settle);
        signal.removeEventListener("abort", settle);
        cancelTimer();
        resolve();
      };
      const cancelTimer = this.#clock.setTimer(this.#clock.now() + timeoutMs, settle);
      this.#waiting.add(settle);
      signal.addEventListener("abort", settle, { once: true });
    });
  }

  /** Ends all connections. */
  close(): void {
    this.#isClosed = true;
    this.#remote?.pool.close();
    for (const pool of this.#retired) pool.close();
    this.#retired.clear();
  }

  #follow(member: RemoteLeader): void {
    const remote = this.#remote;
    const isSame = remote?.member.nodeId === member.nodeId && remote.member.addr === member.addr;
    if (isSame && this.#leader?.kind === "remote") return;
    if (!isSame) {
      this.#leave();
      this.#remote = { member, pool: new ConnectionPool(member.addr, this.#trust()) };
    }
    const connections = this.#remote?.pool;
    if (connections !== undefined) this.#change({ kind: "remote", connections });
  }

  /** The leader so far is one no more. */
  #leave(): void {
    if (this.#remote !== undefined) this.#retire(this.#remote.pool);
    this.#remote = undefined;
    const pools = [...this.#retired];
    if (pools.length === 0) return;
    this.#clock.setTimer(this.#clock.now() + drainMs, () => {
      for (const pool of pools) {
        pool.close();
        this.#retired.delete(pool);
      }
    });
  }

  #retire(pool: ConnectionPool): void {
    pool.retire();
    this.#retired.add(pool);
  }

  #change(leader: Leader | undefined): void {
    this.#leader = leader;
    for (const wake of [...this.#waiting]) wake();
  }
}
