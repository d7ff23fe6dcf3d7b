// What happens to a call between the library and its handler: who calls is worked out, the leader is
// found if the call is for him, and refusals become statuses.
import type { EventEmitter } from "node:events";
import type { Readable, Writable } from "node:stream";
import {
  type Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { DecodeError, getCodec, type Method } from "@swarmkit/proto";
import { authorize, type Caller, type Peer } from "../../core/ca/authorize.ts";
import type { Logger } from "../log.ts";
import { drained } from "./drained.ts";
import {
  aTrailer,
  notForwarded,
  readForwarded,
  readRedirects,
  toForwarded,
} from "./forwarded-metadata.ts";
import { callLeader } from "./leader-proxy.ts";
import type { LeaderRoute } from "./leader-route.ts";
import { notExecutedTrailer } from "./raw-call.ts";
import { createRelay } from "./relay.ts";
import { RequestStream } from "./request-stream.ts";
import { RpcError, StatusError, toStatus } from "./rpc-error.ts";
import type { CallContext, Gate } from "./service.ts";

/** Messages that may wait for a slow reader of a stream before the stream is given up. */
const queuedMessagesMax = 1000;

/** A handler of any kind: `input` is a request, or an iterable of them. */
export type AnyHandler = (
  input: unknown,
  context: CallContext,
  send: (message: unknown) => void,
) => Promise<unknown> | unknown;

export interface Binding {
  readonly method: Method;
  readonly handler: AnyHandler;
  readonly gate: Gate;
  readonly log: Logger;
  readonly leader?: LeaderRoute | undefined;
}

/** What all kinds of calls have in common. Requests come as bytes. */
type AnyCall = EventEmitter & {
  readonly metadata: Metadata;
  readonly request: Uint8Array;
  getPeer(): string;
  getDeadline(): Date | number;
};

/** The library's handler for a method of any kind. */
export function bindCall(binding: Binding): unknown {
  return binding.method.serverStreaming ? bindStream(binding) : bindOnce(binding);
}

/** Calls that are answered with one message. */
function bindOnce(binding: Binding) {
  return (call: ServerUnaryCall<Uint8Array, unknown>, callback: sendUnaryData<unknown>): void => {
    answer({ binding, call, abort: new AbortController() })
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(binding, error)),
      )
      .catch((error: unknown) => logUnanswered(binding, error));
  };
}

/** Calls that are answered with a stream. */
function bindStream(binding: Binding) {
  return (call: ServerWritableStream<Uint8Array, unknown>): void => {
    const abort = new AbortController();
    let queued = 0;
    let isOver = false;
    const end = (finish: () => void): void => {
      if (isOver) return;
      isOver = true;
      finish();
    };
    const send = (message: unknown): void => {
      if (isOver || call.cancelled) return;
      queued += 1;
      if (queued > queuedMessagesMax) {
        const details = `the reader is too slow: ${queuedMessagesMax} messages wait for it`;
        const error = toServiceError(binding, new RpcError("resource-exhausted", details));
        end(() => fail(call, error));
        // The status waits behind the messages; the handler need not.
        abort.abort();
        return;
      }
      call.write(message, () => {
        queued -= 1;
      });
    };
    answer({ binding, call, abort, send, stream: call })
      .then(
        () => end(() => call.end()),
        (error: unknown) => end(() => fail(call, toServiceError(binding, error))),
      )
      .catch((error: unknown) => logUnanswered(binding, error));
  };
}

/** The library would not take the answer: that is one call's misfortune, not the process's. */
function logUnanswered({ log, method }: Binding, error: unknown): void {
  log.error("a call could not be answered", { method: method.path, error: String(error) });
}

/** Ends a stream with a status. grpc-js sends it on this event; destroying the stream would not. */
function fail(call: EventEmitter, error: Error): void {
  call.emit("error", error);
}

/** A call that has come in. */
interface Incoming {
  readonly binding: Binding;
  readonly call: AnyCall;
  /** Aborted when there is nobody to answer any more. */
  readonly abort: AbortController;
  /** How the handler's messages get to the caller, when the answer is a stream of them. */
  readonly send?: (message: unknown) => void;
  /** Where another manager's messages go then. */
  readonly stream?: Writable;
}

/** A call, and who makes it. */
interface Arrival extends Incoming {
  readonly peer: Peer;
}

async function answer(incoming: Incoming): Promise<unknown> {
  const { binding, call, abort } = incoming;
  const peer = binding.gate.peerOf(call.getPeer());
  if (peer === undefined) throw new RpcError("unavailable", "the connection is gone");
  const cancel = (): void => abort.abort();
  call.on("cancelled", cancel);
  try {
    const arrival = { ...incoming, peer };
    return binding.leader === undefined
      ? await serve(arrival, { hasTaken: false, hasSent: false })
      : await route(arrival, binding.leader);
  } finally {
    // grpc-js says so of every call when its stream closes, answered or not.
    call.off("cancelled", cancel);
  }
}

/** How far a call has come, whoever answers it. */
interface Progress {
  /** Its messages have been asked for: a stream of them is not there a second time. */
  hasTaken: boolean;
  /** Messages have gone to the caller. */
  hasSent: boolean;
}

/** Answers a call on this manager. */
async function serve(arrival: Arrival, progress: Progress): Promise<unknown> {
  const { binding, call, peer, abort } = arrival;
  const { method, gate, handler } = binding;
  const forwarded = readForwarded(call.metadata);
  const decision = authorize(method.authorization, peer, forwarded, gate.context);
  if (!decision.ok) throw new RpcError(decision.code, decision.message);
  progress.hasTaken = true;
  const decode = decoderOf(method);
  const input = method.clientStreaming
    ? new RequestStream(call as unknown as Readable, decode)
    : decode(call.request);
  const send = (message: unknown): void => {
    progress.hasSent = true;
    arrival.send?.(message);
  };
  const { signal } = abort;
  const context = {
    caller: decision.value,
    signal,
    drained: () => drained(arrival.stream, signal),
  };
  return await handler(input, context, send);
}

/** Answers a call where the leader is. */
function route(arrival: Arrival, leader: LeaderRoute): Promise<unknown> {
  const { binding, call, peer, abort, stream } = arrival;
  const { path, clientStreaming } = binding.method;
  const progress = { hasTaken: false, hasSent: false };
  return callLeader(leader, {
    path,
    isStreaming: clientStreaming,
    deadlineMs: Number(call.getDeadline()),
    signal: abort.signal,
    isRedirected: readRedirects(call.metadata).length > 0,
    canRepeat: () => !progress.hasSent && !(clientStreaming && progress.hasTaken),
    serve: () => serve(arrival, progress),
    toMetadata: () => toForwarded(call.metadata, peer, admit(arrival)),
    relay: () =>
      createRelay({
        request: clientStreaming ? undefined : call.request,
        requests: clientStreaming ? (call as unknown as Readable) : undefined,
        output: stream,
        progress,
      }),
  });
}

/**
 * As whom the caller may be passed on to the leader. He is judged here as he will be there: calls that
 * will be refused cost the leader nothing, and a leader that asks less does not get them.
 */
function admit({ binding, call, peer }: Arrival): Caller {
  const redirects = readRedirects(call.metadata);
  // A manager that speaks for somebody else must not be taken for the caller.
  const isSpokenFor = peer.kind === "node" && readForwarded(call.metadata).isForwarded;
  if (redirects.length > 0 || (isSpokenFor && isManager(peer))) {
    const details = `more than one redirect to leader from: [${redirects.join(" ")}]`;
    throw new StatusError(status.RESOURCE_EXHAUSTED, details, { isUnexecuted: true });
  }
  const { authorization } = binding.method;
  const decision = authorize(authorization, peer, notForwarded, binding.gate.context);
  if (!decision.ok) throw new RpcError(decision.code, decision.message);
  return decision.value;
}

function isManager(peer: Extract<Peer, { kind: "node" }>): boolean {
  return peer.certificate.roles.includes("swarm-manager");
}

function decoderOf(method: Method): (bytes: Uint8Array) => unknown {
  const codec = getCodec(method.request);
  return (bytes) => {
    try {
      return codec.decode(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new RpcError("invalid-argument", `malformed request: ${error.message}`);
    }
  };
}

function toServiceError(
  binding: Binding,
  error: unknown,
): Error & { code: status; details: string; metadata?: Metadata } {
  if (error instanceof RpcError || error instanceof StatusError) {
    // grpc-js throws at half a surrogate pair, which is what a text cut at a length may end with.
    const details = error.message.toWellFormed();
    const code = error instanceof RpcError ? toStatus(error.code) : error.code;
    const isUnexecuted =
      error instanceof RpcError ? error.code === "not-leader" : error.isUnexecuted;
    const metadata = isUnexecuted ? { metadata: aTrailer(notExecutedTrailer, "1") } : {};
    return Object.assign(new Error(details), { code, details, ...metadata });
  }
  // Not a refusal but a defect: the caller learns that it failed, the log learns why.
  binding.log.error("a call failed", { method: binding.method.path, error: String(error) });
  const details = `internal error in ${binding.method.path}; the manager's log has the reason`;
  return Object.assign(new Error(details, { cause: error }), { code: status.INTERNAL, details });
}
