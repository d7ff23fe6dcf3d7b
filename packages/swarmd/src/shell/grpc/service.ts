// Binds plain handlers to gRPC: who calls is decided before a handler runs, refusals become
// statuses, and handlers see plain values only.
import type {
  Server,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { grpcServiceDefinition, type Method, type Services, services } from "@swarmkit/proto";
import type { MessageTypes } from "@swarmkit/proto/types";
import type { AuthorizationContext, Caller, Peer } from "../../core/ca/authorize.ts";
import type { Logger } from "../log.ts";
import { type AnyHandler, bindCall } from "./bound-call.ts";
import type { LeaderRoute } from "./leader-route.ts";

/** What a handler is told beside the request. */
export interface CallContext {
  readonly caller: Caller;
  /** Aborted when the caller went away. */
  readonly signal: AbortSignal;
  /**
   * Resolves when the caller has read most of what was sent on a stream, or has gone. Who sends more than
   * a little waits for it: a reader for whom too much waits is given up.
   */
  readonly drained: () => Promise<void>;
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

/**
 * Takes a client's stream and answers once. The messages throw when the caller goes away, or sends
 * what cannot be decoded; reading slowly slows the caller down.
 */
export type ClientStreamHandler<Request, Response> = (
  messages: AsyncIterable<Request>,
  context: CallContext,
) => Promise<Response>;

/** Takes a stream and sends one. */
export type BidiHandler<Request, Response> = (
  messages: AsyncIterable<Request>,
  context: CallContext,
  send: (message: Response) => void,
) => Promise<void>;

/** Methods with streams of requests: the table's types do not tell, its values do. */
type ClientStreaming = "PublishLogs" | "StreamRaftMessage" | "Link";

type MessageOf<Name> = Name extends keyof MessageTypes ? MessageTypes[Name] : never;

/** Handlers of a service; methods left out answer UNIMPLEMENTED. */
export type ServiceHandlers<Name extends keyof Services> = {
  readonly [M in keyof Services[Name]]?: Services[Name][M] extends Method<infer Q, infer R>
    ? M extends ClientStreaming
      ? ClientStreamHandler<MessageOf<Q>, MessageOf<R>> | BidiHandler<MessageOf<Q>, MessageOf<R>>
      : UnaryHandler<MessageOf<Q>, MessageOf<R>> | StreamHandler<MessageOf<Q>, MessageOf<R>>
    : never;
};

/** Where the identity of callers and the facts to judge them come from. */
export interface Gate {
  readonly context: AuthorizationContext;
  /** Identity behind a call's peer address; undefined when its connection has gone. */
  peerOf(address: string): Peer | undefined;
}

/** Adds a service to a server. With a `leader` its calls are answered by the leader, here or there. */
export function addService<Name extends keyof Services>(
  server: Server,
  name: Name,
  handlers: ServiceHandlers<Name>,
  options: {
    readonly gate: Gate;
    readonly log: Logger;
    readonly leader?: LeaderRoute | undefined;
  },
): void {
  const service: Readonly<Record<string, Method>> = services[name];
  const implementation: UntypedServiceImplementation = {};
  for (const [methodName, handler] of Object.entries(handlers)) {
    const method = service[methodName];
    if (method === undefined) continue;
    const binding = { method, handler: handler as AnyHandler, ...options };
    implementation[methodName] = bindCall(binding) as UntypedHandleCall;
  }
  server.addService(passBytes(grpcServiceDefinition(service)), implementation);
}

/**
 * Requests stay bytes until it is known that the caller may call, and that the call is for this
 * manager. The library would answer a malformed one with an internal error and no reason, to anybody.
 */
function passBytes(definition: ServiceDefinition): ServiceDefinition {
  const requestDeserialize = (bytes: Buffer): Buffer => bytes;
  const methods = Object.entries(definition).map(([name, method]) => [
    name,
    { ...method, requestDeserialize },
  ]);
  return Object.fromEntries(methods);
}
