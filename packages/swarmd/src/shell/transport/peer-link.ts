// What goes to one other manager: its connection, which is kept up, and the messages that wait for it.
//
// A message is not worth waiting for long: raft sends anew what is still wanted, once it knows that
// something was lost. So messages wait while a connection is being made, and are dropped while there is
// none; either way raft is told.
import type { ClientHttp2Session } from "node:http2";
import { status } from "@grpc/grpc-js";
import { services } from "@swarmkit/proto";
import type { Message, RaftId, SnapshotMessage } from "@swarmkit/raft";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { ServerIdentity } from "../grpc/remote-listener.ts";
import type { Logger } from "../log.ts";
import { CallSender } from "./call-sender.ts";
import { type CallResult, type CallStatus, callOnce, noConnection } from "./grpc-call.ts";
import { LinkSender } from "./link-sender.ts";
import { endPeerSession, openPeerSession } from "./peer-session.ts";
import { PingWatch } from "./ping-watch.ts";
import type { Sender } from "./sender.ts";
import { encodeSnapshotChunks } from "./snapshot-chunks.ts";

/** Messages that may wait for one member. SwarmKit's value. */
export const queuedMessagesMax = 4096;

/** How long a connection attempt may take, in milliseconds. */
const connectTimeoutMs: Millis = 3000;

/** Pauses between attempts: short at first, since a manager that restarts is back in less than a second. */
const backoffMsMin: Millis = 50;
const backoffMsMax: Millis = 1000;

/** How long one piece of a snapshot, or the last answer, may take, in milliseconds. */
const snapshotTimeoutMs: Millis = 10_000;

/** What was written gets this long to leave when a connection is given up on purpose, in milliseconds. */
const drainMs: Millis = 500;

/** With these words, and NOT_FOUND, a manager tells a former member that it is none any more. */
export const removedText = "raft: member was removed from the cluster";

/** Whether the other end said that we are no member any more. */
export function saysRemoved({ code, details }: CallStatus): boolean {
  return code === status.NOT_FOUND && details === removedText;
}

/** Who the link's owner is told about. */
export interface PeerLinkEvents {
  /** A message to this member was lost. */
  unreachable(): void;
  /** What became of a snapshot. */
  snapshotDone(ok: boolean): void;
  /** This manager is no member any more. */
  removed(): void;
  /** Messages begin to get through, or cease to. */
  activityChanged(): void;
}

export interface PeerLinkOptions extends PeerLinkEvents {
  readonly raftId: RaftId;
  readonly address: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What this manager shows; asked for each connection. */
  identity(): ServerIdentity;
}

interface Waiting {
  readonly kind: "waiting";
  readonly cancel: CancelTimer;
}

interface Connecting {
  readonly kind: "connecting";
  readonly abort: AbortController;
}

interface Connected {
  readonly kind: "connected";
  readonly session: ClientHttp2Session;
  readonly pings: PingWatch;
  readonly sender: Sender;
}

type State = Waiting | Connecting | Connected | { readonly kind: "stopped" };

export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #queue: Message[] = [];
  #address: string;
  #state: State = { kind: "stopped" };
  #backoffMs: Millis = 0;
  #attemptedAtMs: Millis = 0;
  #activeSinceMs: Millis | undefined;
  #isSendingSnapshot = false;
  /** A new outage is told in the log once, not at each attempt. */
  #isOutageKnown = false;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#address = options.address;
    this.#connect();
  }

  get address(): string {
    return this.#address;
  }

  /** Since when messages get through without a failure; undefined when the last one did not. */
  get activeSinceMs(): Millis | undefined {
    return this.#activeSinceMs;
  }

  /** Takes a message; flush() sends it. */
  add(message: Message): void {
    if (message.type === "snapshot") {
      this.#sendSnapshot(message).catch((error: Error) => {
        this.#options.log.error("sending a snapshot failed", { error: error.message });
        this.#isSendingSnapshot = false;
        this.#options.snapshotDone(false);
      });
      return;
    }
    const isUp = this.#state.kind === "connected" || this.#state.kind === "connecting";
    if (!isUp || this.#queue.length >= queuedMessagesMax) this.#options.unreachable();
    else this.#queue.push(message);
  }

  /** Sends what was added, in as few writes as possible. */
  flush(): void {
    if (this.#state.kind === "connected") this.#state.sender.wake();
  }

  /** Makes a call beside the messages. */
  async call(path: string, request: Uint8Array, timeoutMs: Millis): Promise<CallResult> {
    if (this.#state.kind !== "connected") {
      return { status: noConnection, reply: new Uint8Array() };
    }
    const { clock } = this.#options;
    return await callOnce(this.#state.session, { path, requests: [request], clock, timeoutMs });
  }

  /** The member is alive: a next attempt to connect need not wait. */
  nudge(): void {
    if (this.#state.kind !== "waiting") return;
    this.#state.cancel();
    this.#backoffMs = 0;
    const delayMs = this.#attemptedAtMs + backoffMsMin - this.#options.clock.now();
    if (delayMs <= 0) this.#connect();
    else this.#wait(delayMs);
  }

  /** Goes on at another address. */
  moveTo(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    this.reconnect();
  }

  /** Goes on with a new connection; what waits is kept. */
  reconnect(): void {
    if (this.#state.kind === "stopped") return;
    this.#leave().catch(() => undefined);
    this.#backoffMs = 0;
    this.#connect();
  }

  /** Ends the link. Resolves when what was taken has left, or cannot. */
  async stop(): Promise<void> {
    const left = this.#leave();
    this.#state = { kind: "stopped" };
    this.#activeSinceMs = undefined;
    await left;
  }

  #connect(): void {
    const { clock, identity } = this.#options;
    const abort = new AbortController();
    const state: Connecting = { kind: "connecting", abort };
    this.#state = state;
    this.#attemptedAtMs = clock.now();
    openPeerSession({
      address: this.#address,
      identity: identity(),
      clock,
      timeoutMs: connectTimeoutMs,
      signal: abort.signal,
    }).then(
      (session) => {
        if (this.#state === state) this.#use(session);
        else session.destroy();
      },
      (error: Error) => {
        if (this.#state === state) this.#lose(error.message);
      },
    );
  }

  #use(session: ClientHttp2Session): void {
    const isCurrent = (): boolean =>
      this.#state.kind === "connected" && this.#state.session === session;
    const lose = (reason: string): void => {
      if (isCurrent()) this.#lose(reason);
      session.destroy();
    };
    session.once("close", () => lose("the connection was closed"));
    session.once("goaway", () => lose("the other end is going away"));
    const pings = new PingWatch(session, this.#options.clock, () => lose("it does not answer"));
    const context = {
      session,
      clock: this.#options.clock,
      queue: this.#queue,
      succeeded: () => {
        if (isCurrent()) this.#noteSuccess();
      },
    };
    const toCalls = (): void => {
      pings.stop();
      const failed = (result: CallStatus): void => {
        if (isCurrent()) this.#noteFailure(result);
      };
      const sender = new CallSender({ ...context, failed });
      this.#state = { kind: "connected", session, pings, sender };
      this.#noteSuccess();
      sender.wake();
    };
    const failed = (result: CallStatus): void => {
      if (!isCurrent()) return;
      if (result.code === status.UNIMPLEMENTED) {
        toCalls();
        return;
      }
      if (saysRemoved(result)) this.#options.removed();
      lose(result.details === "" ? "the stream was ended" : result.details);
    };
    const sender = new LinkSender({ ...context, failed });
    this.#state = { kind: "connected", session, pings, sender };
  }

  #noteSuccess(): void {
    this.#backoffMs = 0;
    if (this.#activeSinceMs !== undefined) return;
    this.#setActive(this.#options.clock.now());
    if (this.#isOutageKnown) this.#tell("reached a manager again");
    this.#isOutageKnown = false;
  }

  #setActive(sinceMs: Millis | undefined): void {
    const isChanged = (this.#activeSinceMs === undefined) !== (sinceMs === undefined);
    this.#activeSinceMs = sinceMs;
    if (isChanged) this.#options.activityChanged();
  }

  #noteFailure(result: CallStatus): void {
    this.#setActive(undefined);
    if (saysRemoved(result)) this.#options.removed();
    this.#tellOutage(result.details);
    this.#options.unreachable();
  }

  /** The connection is gone, or could not be made. */
  #lose(reason: string): void {
    if (this.#state.kind === "connected") this.#state.pings.stop();
    this.#setActive(undefined);
    this.#queue.length = 0;
    this.#tellOutage(reason);
    this.#wait(this.#backoffMs === 0 ? backoffMsMin : this.#backoffMs);
    this.#backoffMs = Math.min(Math.max(backoffMsMin, this.#backoffMs) * 2, backoffMsMax);
    this.#options.unreachable();
  }

  #wait(delayMs: Millis): void {
    const { clock } = this.#options;
    const cancel = clock.setTimer(clock.now() + delayMs, () => this.#connect());
    this.#state = { kind: "waiting", cancel };
  }

  /** Gives the current connection up, letting it send what it has. */
  async #leave(): Promise<void> {
    const state = this.#state;
    if (state.kind === "waiting") state.cancel();
    if (state.kind === "connecting") state.abort.abort();
    if (state.kind !== "connected") return;
    const { session, pings, sender } = state;
    pings.stop();
    sender.finish();
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.setTimer(clock.now() + drainMs, () => endPeerSession(session));
      session.once("close", () => {
        cancel();
        resolve();
      });
      if (session.destroyed) resolve();
      else session.close();
    });
  }

  /** On a call of its own, so that what follows does not wait for it. */
  async #sendSnapshot(message: SnapshotMessage): Promise<void> {
    if (this.#state.kind !== "connected" || this.#isSendingSnapshot) {
      this.#options.snapshotDone(false);
      return;
    }
    this.#isSendingSnapshot = true;
    const { path } = services.Raft.StreamRaftMessage;
    const { clock } = this.#options;
    const requests = encodeSnapshotChunks(message);
    const options = { path, requests, clock, timeoutMs: snapshotTimeoutMs };
    const { status: result } = await callOnce(this.#state.session, options);
    this.#isSendingSnapshot = false;
    if (saysRemoved(result)) this.#options.removed();
    const ok = result.code === status.OK;
    this.#tell(ok ? "sent a snapshot to a manager" : "a snapshot was not taken", result.details);
    this.#options.snapshotDone(ok);
  }

  #tellOutage(reason: string): void {
    if (this.#isOutageKnown) return;
    this.#isOutageKnown = true;
    this.#tell("cannot reach a manager", reason);
  }

  #tell(what: string, reason = ""): void {
    const { raftId, log } = this.#options;
    const fields = { raftId, address: this.#address, ...(reason === "" ? {} : { reason }) };
    log.info(what, fields);
  }
}
