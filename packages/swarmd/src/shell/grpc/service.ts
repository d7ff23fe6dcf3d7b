// Binds plain handlers to gRPC: who calls is decided before a handler runs, refusals become
// statuses, and handlers see plain values only.
import type { EventEmitter } from "node:events";
import {
  type Metadata,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  DecodeError,
  grpcServiceDefinition,
  type Method,
  type Services,
  services,
} from "@swarmkit/proto";
import type { MessageTypes } from "@swarmkit/proto/types";
import type {
  AuthorizationContext,
  Caller,
  ForwardedMetadata,
  Peer,
} from "../../core/ca/authorize.ts";
import { authorize } from "../../core/ca/authorize.ts";
import type { Logger } from "../log.ts";
import { RpcError, toStatus } from "./rpc-error.ts";

/** Messages that may wait for a slow reader of a stream before the stream is given up. */
const queuedMessagesMax = 1000;

/** What a handler is told beside the request. */
export interface CallContext {
  readonly caller: Caller;
  /** Aborted when the caller went away. */
  readonly signal: AbortSignal;
}

export type UnaryHandler<Request, Response> = (
  request: Request,
  context: CallContext,
) => Promise<Response> | Response;

/** Sends on a server stream; it ends when the handler's promise settles. */
export type StreamHandler<Request, Response> = (
  request: Request,
  context: CallContext,
  send: (message: Response) => void,
) => Promise<void>;

type MessageOf<Name> = Name extends keyof MessageTypes ? MessageTypes[Name] : never;

/** Handlers of a service; methods left out answer UNIMPLEMENTED. */
export type ServiceHandlers<Name extends keyof Services> = {
  readonly [M in keyof Services[Name]]?: Services[Name][M] extends Method<infer Q, infer R>
    ? UnaryHandler<MessageOf<Q>, MessageOf<R>> | StreamHandler<MessageOf<Q>, MessageOf<R>>
    : never;
};

/** Where the identity of callers and the facts to judge them come from. */
export interface Gate {
  readonly context: AuthorizationContext;
  /** Identity behind a call's peer address; undefined when its connection has gone. */
  peerOf(address: string): Peer | undefined;
}

type AnyHandler = (
  request: unknown,
  context: CallContext,
  send: (message: unknown) => void,
) => Promise<unknown> | unknown;

/** Adds a service to a server. */
export function addService<Name extends keyof Services>(
  server: Server,
  name: Name,
  handlers: ServiceHandlers<Name>,
  options: { readonly gate: Gate; readonly log: Logger },
): void {
  const service: Readonly<Record<string, Method>> = services[name];
  const implementation: UntypedServiceImplementation = {};
  for (const [methodName, handler] of Object.entries(handlers)) {
    const method = service[methodName];
    if (method === undefined) continue;
    const binding = { method, handler: handler as AnyHandler, ...options };
    implementation[methodName] = (
      method.serverStreaming ? bindStream(binding) : bindUnary(binding)
    ) as UntypedHandleCall;
  }
  server.addService(passMalformed(grpcServiceDefinition(service)), implementation);
}

/** A request that cannot be decoded, in the place of its message. */
class MalformedRequest {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * grpc-js would answer a malformed request with an internal error and no reason, to anybody. Here it
 * goes on like any other, and is refused with its reason once it is known that the caller may call.
 */
function passMalformed(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes);
      } catch (error) {
        if (error instanceof DecodeError) return new MalformedRequest(error.message);
        throw error;
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods);
}

interface Binding {
  readonly method: Method;
  readonly handler: AnyHandler;
  readonly gate: Gate;
  readonly log: Logger;
}

/** What unary calls and streams have in common. */
type AnyCall = Pick<ServerUnaryCall<unknown, unknown>, "getPeer" | "metadata"> & EventEmitter;

function bindUnary(binding: Binding) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    answer(binding, call, () => {})
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(binding, error)),
      )
      .catch((error: unknown) => logUnanswered(binding, error));
  };
}

function bindStream(binding: Binding) {
  return (call: ServerWritableStream<unknown, unknown>): void => {
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
        return;
      }
      call.write(message, () => {
        queued -= 1;
      });
    };
    answer(binding, call, send)
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

async function answer(
  binding: Binding,
  call: AnyCall & { readonly request: unknown },
  send: (message: unknown) => void,
): Promise<unknown> {
  const { method, handler, gate } = binding;
  const peer = gate.peerOf(call.getPeer());
  if (peer === undefined) throw new RpcError("unavailable", "the connection is gone");
  const forwarded = readForwarded(call.metadata);
  const decision = authorize(method.authorization, peer, forwarded, gate.context);
  if (!decision.ok) throw new RpcError(decision.code, decision.message);
  if (call.request instanceof MalformedRequest) {
    throw new RpcError("invalid-argument", `malformed request: ${call.request.reason}`);
  }
  const abort = new AbortController();
  const cancel = (): void => abort.abort();
  call.on("cancelled", cancel);
  try {
    return await handler(call.request, { caller: decision.value, signal: abort.signal }, send);
  } finally {
    // grpc-js says so of every call when its stream closes, answered or not.
    call.off("cancelled", cancel);
  }
}

function readForwarded(metadata: Metadata): ForwardedMetadata {
  const texts = (key: string): readonly string[] => metadata.get(key).map(String);
  const first = (key: string): string => texts(key)[0] ?? "";
  const flag = texts("forwarded_cert");
  return {
    isForwarded: flag.length === 1 && flag[0] === "true",
    nodeId: first("forwarded_cert_cn"),
    organization: first("forwarded_cert_org"),
    roles: texts("forwarded_cert_ou"),
    address: first("remote_addr"),
  };
}

function toServiceError(
  binding: Binding,
  error: unknown,
): Error & { code: status; details: string } {
  if (error instanceof RpcError) {
    // grpc-js throws at half a surrogate pair, which is what a text cut at a length may end with.
    const details = error.message.toWellFormed();
    return Object.assign(new Error(details), { code: toStatus(error.code), details });
  }
  // Not a refusal but a defect: the caller learns that it failed, the log learns why.
  binding.log.error("a call failed", { method: binding.method.path, error: String(error) });
  const details = `internal error in ${binding.method.path}; the manager's log has the reason`;
  return Object.assign(new Error(details, { cause: error }), { code: status.INTERNAL, details });
}
