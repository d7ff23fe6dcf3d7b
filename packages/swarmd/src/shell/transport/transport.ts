// Carries raft's messages to the other managers. Messages may be lost, and raft is told of those that are
// known to be; nothing here calls back from within a method that the caller is in.
import { status } from "@grpc/grpc-js";
import { getCodec, services } from "@swarmkit/proto";
import type { Message, RaftId } from "@swarmkit/raft";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { ServerIdentity } from "../grpc/remote-listener.ts";
import type { Logger } from "../log.ts";
import { toPlainMessage } from "../raft/message-codec.ts";
import { type CallResult, callOnce } from "./grpc-call.ts";
import { PeerLink, saysRemoved } from "./peer-link.ts";
import { endPeerSession, openPeerSession } from "./peer-session.ts";

/** How long a removed member can still be sent to, in milliseconds: it has to hear of its removal. */
const farewellMs: Millis = 8000;

/** Members we do not know that may be asked for at once; further messages to such are dropped. */
const strangersMax = 16;

/** How long each step towards a member that we do not know may take, in milliseconds. */
const strangerTimeoutMs: Millis = 2000;

/** Another member of the group. */
export interface Member {
  readonly raftId: RaftId;
  readonly nodeId: string;
  /** Host and port. */
  readonly addr: string;
}

export interface TransportOptions {
  /** This manager's own id: nothing is sent to it. */
  readonly raftId: RaftId;
  readonly clock: Clock;
  readonly log: Logger;
  /** What this manager shows to others, and the root to trust; asked for each connection. */
  identity(): ServerIdentity;
  /**
   * Where managers are that may know the members' addresses, `host:port`: for as long as no member is
   * known here, as when a manager was killed before the first entries of its log came.
   */
  guides(): readonly string[];
  /** A message to this member was lost. */
  reportUnreachable(raftId: RaftId): void;
  /** What became of the snapshot that was sent last. */
  reportSnapshot(raftId: RaftId, ok: boolean): void;
  /** Others say that this manager is no member any more. May be called more than once. */
  removed(): void;
  /** Messages to a member begin to get through, or cease to: see isActive(). */
  activityChanged(): void;
}

export class Transport {
  readonly #options: TransportOptions;
  readonly #links = new Map<RaftId, PeerLink>();
  /** Members that were removed, each with what ends its farewell. */
  readonly #leaving = new Map<RaftId, CancelTimer>();
  readonly #strangers = new Set<RaftId>();
  /** Of whom a loss is about to be told. */
  readonly #unreachable = new Set<RaftId>();
  readonly #abort = new AbortController();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Who belongs to the group now. New members are connected to at once. */
  setMembers(members: readonly Member[]): void {
    if (this.#abort.signal.aborted) return;
    const current = new Set(members.map(({ raftId }) => raftId));
    for (const { raftId, addr } of members) {
      if (raftId === this.#options.raftId) continue;
      this.#leaving.get(raftId)?.();
      this.#leaving.delete(raftId);
      const link = this.#links.get(raftId);
      if (link === undefined) this.#links.set(raftId, this.#createLink(raftId, addr));
      else link.moveTo(addr);
    }
    for (const raftId of this.#links.keys()) if (!current.has(raftId)) this.#startFarewell(raftId);
  }

  /** Sends messages; those to one member arrive in their order, if they do. */
  send(messages: readonly Message[]): void {
    if (this.#abort.signal.aborted) return;
    const touched = new Set<PeerLink>();
    for (const message of messages) {
      const link = this.#links.get(message.to);
      if (link === undefined) {
        this.#sendToStranger(message);
      } else {
        link.add(message);
        touched.add(link);
      }
    }
    for (const link of touched) link.flush();
  }

  /** Whether the last message to this member got through. */
  isActive(raftId: RaftId): boolean {
    return this.#links.get(raftId)?.activeSinceMs !== undefined;
  }

  /** Since when all messages to this member got through. */
  activeSince(raftId: RaftId): Millis | undefined {
    return this.#links.get(raftId)?.activeSinceMs;
  }

  /** The member that has been active for the longest time. */
  longestActive(): RaftId | undefined {
    let best: { readonly raftId: RaftId; readonly sinceMs: Millis } | undefined;
    for (const [raftId, { activeSinceMs: sinceMs }] of this.#links) {
      if (sinceMs === undefined || this.#leaving.has(raftId)) continue;
      if (best === undefined || sinceMs < best.sinceMs) best = { raftId, sinceMs };
    }
    return best?.raftId;
  }

  /** A message of this member has come, so it is alive: a lost connection is made again without delay. */
  heardFrom(raftId: RaftId): void {
    this.#links.get(raftId)?.nudge();
  }

  /** Makes all connections anew, with the identity of now. */
  reconnect(): void {
    for (const link of this.#links.values()) link.reconnect();
  }

  /** Lets what was sent leave, for half a second at most, and ends all connections. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const cancel of this.#leaving.values()) cancel();
    this.#leaving.clear();
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(links.map((link) => link.stop()));
  }

  #createLink(raftId: RaftId, address: string): PeerLink {
    const { clock, log, identity } = this.#options;
    return new PeerLink({
      raftId,
      address,
      clock,
      log,
      identity,
      unreachable: () => this.#noteUnreachable(raftId),
      snapshotDone: (ok) => this.#later(() => this.#options.reportSnapshot(raftId, ok)),
      removed: () => this.#later(() => this.#options.removed()),
      activityChanged: () => this.#later(() => this.#options.activityChanged()),
    });
  }

  #startFarewell(raftId: RaftId): void {
    if (this.#leaving.has(raftId)) return;
    const { clock, log } = this.#options;
    const cancel = clock.setTimer(clock.now() + farewellMs, () => {
      this.#leaving.delete(raftId);
      const link = this.#links.get(raftId);
      this.#links.delete(raftId);
      link?.stop().catch((error: Error) => log.error("a link did not stop", { error }));
    });
    this.#leaving.set(raftId, cancel);
  }

  /** Many messages lost in one turn are told as one loss. */
  #noteUnreachable(raftId: RaftId): void {
    if (this.#unreachable.has(raftId)) return;
    this.#unreachable.add(raftId);
    this.#later(() => {
      this.#unreachable.delete(raftId);
      this.#options.reportUnreachable(raftId);
    });
  }

  /** Raft is told after the caller's turn: it may be in the middle of its own work. */
  #later(report: () => void): void {
    queueMicrotask(() => {
      if (!this.#abort.signal.aborted) report();
    });
  }

  /** A message for somebody whose joining has not come here yet: another member may know the address. */
  #sendToStranger(message: Message): void {
    const { to, type } = message;
    // Raft sends nothing there until it is told how this went, and tries it again then.
    if (type === "snapshot") this.#later(() => this.#options.reportSnapshot(to, false));
    if (type === "snapshot" || to === this.#options.raftId || this.#strangers.has(to)) return;
    if (this.#strangers.size >= strangersMax) return;
    this.#strangers.add(to);
    this.#tryStranger(message)
      .catch((error: Error) => {
        this.#options.log.debug("a message for an unknown member was dropped", {
          raftId: to,
          reason: error.message,
        });
        this.#noteUnreachable(to);
      })
      .finally(() => this.#strangers.delete(to));
  }

  async #tryStranger(message: Message): Promise<void> {
    const address = await this.#resolve(message.to);
    const { path } = services.Raft.StreamRaftMessage;
    const request = { message: toPlainMessage(message) };
    const bytes = getCodec("StreamRaftMessageRequest").encode(request);
    const { status: result } = await this.#callAt(address, path, bytes);
    if (saysRemoved(result)) this.#later(() => this.#options.removed());
    if (result.code !== status.OK) throw new Error(result.details);
  }

  /** A member is asked if one is known, else whoever may be one. */
  async #resolve(raftId: RaftId): Promise<string> {
    const { path } = services.Raft.ResolveAddress;
    const request = getCodec("ResolveAddressRequest").encode({ raftId });
    const guide = this.#links.get(this.longestActive() ?? "");
    if (guide !== undefined) return readAddress(await guide.call(path, request, strangerTimeoutMs));
    let failure = new Error("no member can be asked for its address");
    if (this.#links.size > 0) throw failure;
    for (const address of this.#options.guides().slice(0, strangersMax)) {
      try {
        return readAddress(await this.#callAt(address, path, request));
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
    }
    throw failure;
  }

  /** Makes a call on a connection of its own. */
  async #callAt(address: string, path: string, request: Uint8Array): Promise<CallResult> {
    const { clock, identity } = this.#options;
    const { signal } = this.#abort;
    const timeoutMs = strangerTimeoutMs;
    const options = { address, identity: identity(), clock, timeoutMs, signal };
    const session = await openPeerSession(options);
    try {
      return await callOnce(session, { path, requests: [request], clock, timeoutMs });
    } finally {
      endPeerSession(session);
    }
  }
}

function readAddress({ status: result, reply }: CallResult): string {
  if (result.code !== status.OK) throw new Error(result.details);
  return getCodec("ResolveAddressResponse").decode(reply).addr;
}
