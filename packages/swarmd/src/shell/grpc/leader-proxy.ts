// Calls for the leader, whichever manager they reach: here when it is this one, else on its
// connections. Messages pass as bytes; who the caller is goes with them, and the leader judges.
//
// A call is made again, through the leader of then, only while it certainly was not executed: nothing
// was sent, or it was sent and refused unread, or refused by a manager that does not lead. Once an
// answer may have been lost the caller is told so, since a second try could do twice what was meant
// once.
import type { OutgoingHttpHeaders } from "node:http2";
import { status } from "@grpc/grpc-js";
import type { Leader, LeaderPool, LeaderRoute } from "./leader-route.ts";
import type { CallStatus, RawCall } from "./raw-call.ts";
import { RpcError, StatusError } from "./rpc-error.ts";

/** A call that is looking for the leader. */
export interface RoutedCall {
  readonly path: string;
  readonly isStreaming: boolean;
  /** Wall-clock time at which the caller gives up; Infinity when he never does. */
  readonly deadlineMs: number;
  /** Aborted when the caller went away. */
  readonly signal: AbortSignal;
  /** True when another manager has passed it on already. */
  readonly isRedirected: boolean;
  /** False once the call's messages have been taken, or some were answered. */
  canRepeat(): boolean;
  /** Runs it on this manager; an `RpcError` "not-leader" says that nothing was done. */
  serve(): Promise<unknown>;
  /** Metadata to pass it on with; throws when it must not be. */
  toMetadata(): OutgoingHttpHeaders;
  /** What passes its messages on, in both directions. */
  relay(): Relay;
}

/** Carries the messages of one call between its caller and the leader. */
export interface Relay {
  /** Sends what the caller sends. Rejects when he went away. */
  feed(call: RawCall): Promise<void>;
  onMessage(message: Buffer): void;
  onDrain(): void;
  /** The answer of a call that is answered once; throws when the leader gave none. */
  takeAnswer(): unknown;
}

/** Without a leader for this time, calls are refused at once, in milliseconds. */
const leaderlessMsMax = 10_000;
/** A call looks for a leader that takes it for this time at most, in milliseconds. */
const searchMsMax = 30_000;
/**
 * A call from another manager waits here for this time at most, in milliseconds: less than that manager
 * leaves to a leader that it thinks is none any more.
 */
const redirectedSearchMsMax = 500;
/** A leader that does not take calls is asked again after this time, in milliseconds. */
const repeatDelayMs = 100;

/** SwarmKit's words, which users look for. */
const noLeader =
  "The swarm does not have a leader. It's possible that too few managers are online. " +
  "Make sure more than half of the managers are online.";

const lostAnswer =
  "the leader's answer was lost; if the call was to change something, look whether it has";

/** Makes a call where the leader is, and answers what it answered. */
export async function callLeader(route: LeaderRoute, call: RoutedCall): Promise<unknown> {
  const startedMs = route.now();
  const endMs = startedMs + (call.isRedirected ? redirectedSearchMsMax : searchMsMax);
  let refusal: Error | undefined;
  for (;;) {
    const leader = await findLeader(route, call, endMs, refusal);
    const attempt = await tryLeader(leader, call);
    if (attempt.isDone) return attempt.answer;
    refusal = attempt.refusal;
    if (!call.canRepeat() || call.isRedirected || route.now() >= endMs) throw refusal;
    if (route.leader === leader) await route.changed(repeatDelayMs, call.signal);
  }
}

/** Waits for a leader, but not for ever. */
async function findLeader(
  route: LeaderRoute,
  call: RoutedCall,
  endMs: number,
  refusal: Error | undefined,
): Promise<Leader> {
  for (;;) {
    if (call.signal.aborted) throw new RpcError("aborted", "the caller went away");
    const { leader } = route;
    if (leader !== undefined) return leader;
    const leaderlessUntilMs = (route.leaderlessSinceMs ?? route.now()) + leaderlessMsMax;
    const waitMs = Math.min(leaderlessUntilMs, endMs) - route.now();
    if (waitMs <= 0) {
      // After so long it is of no interest how the last leader could not be reached.
      const isLost = refusal === undefined || leaderlessUntilMs <= endMs;
      if (!isLost) throw refusal;
      throw new StatusError(status.UNAVAILABLE, noLeader, { isUnexecuted: true });
    }
    await route.changed(waitMs, call.signal);
  }
}

type Attempt =
  | { readonly isDone: true; readonly answer: unknown }
  /** It certainly was not executed. */
  | { readonly isDone: false; readonly refusal: Error };

async function tryLeader(leader: Leader, call: RoutedCall): Promise<Attempt> {
  if (leader.kind === "remote") return await forward(leader.connections, call);
  try {
    return { isDone: true, answer: await call.serve() };
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== "not-leader") throw error;
    return { isDone: false, refusal: error };
  }
}

async function forward(connections: LeaderPool, call: RoutedCall): Promise<Attempt> {
  const { path, deadlineMs, isStreaming, signal } = call;
  const options = { deadlineMs, isStreaming, signal, metadata: call.toMetadata() };
  const relay = call.relay();
  const { promise, resolve } = Promise.withResolvers<CallStatus>();
  let raw: RawCall;
  try {
    raw = await connections.open(path, options, {
      onMessage: (message) => relay.onMessage(message),
      onDrain: () => relay.onDrain(),
      onEnd: resolve,
    });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { isDone: false, refusal: error };
  }
  const cancel = (): void => raw.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  relay.feed(raw).catch(cancel);
  const outcome = await promise;
  signal.removeEventListener("abort", cancel);
  return judge(outcome, relay);
}

function judge(outcome: CallStatus, relay: Relay): Attempt {
  const { code, details, knowledge } = outcome;
  if (code === status.OK) return { isDone: true, answer: relay.takeAnswer() };
  if (knowledge === "not-executed") {
    return { isDone: false, refusal: new StatusError(code, details, { isUnexecuted: true }) };
  }
  const isLost = knowledge === "unknown" && code === status.UNAVAILABLE;
  throw new StatusError(code, isLost ? `${lostAnswer} (${details})` : details);
}
