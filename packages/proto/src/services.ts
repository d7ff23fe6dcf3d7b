import type { MessageName, MessageTypes } from "../gen/types.ts";
import { type Codec, getCodec } from "./codec.ts";
import type { Method } from "./method.ts";

/** One RPC as grpc-js wants it: with codecs. A value that is bytes already goes out as it is. */
export interface GrpcMethod<Request, Response> {
  readonly path: string;
  readonly originalName: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: Request | Uint8Array) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (value: Response | Uint8Array) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** A service as grpc-js wants it, by the methods' names. */
export type GrpcServiceDefinition<Service> = {
  readonly [Name in keyof Service]: Service[Name] extends Method<infer Request, infer Response>
    ? GrpcMethod<MessageTypes[Request], MessageTypes[Response]>
    : never;
};

/**
 * A service of the `services` table in the form of grpc-js' `ServiceDefinition`, for a server's
 * handlers (by the methods' own names, `GetNode`) or a client. Handlers may answer with encoded
 * bytes, which saves encoding what goes to many.
 */
export function grpcServiceDefinition<Service extends Readonly<Record<keyof Service, Method>>>(
  service: Service,
): GrpcServiceDefinition<Service> {
  const entries = Object.entries<Method>(service).map(([name, method]) => [
    name,
    grpcMethod(name, method),
  ]);
  return Object.fromEntries(entries) as GrpcServiceDefinition<Service>;
}

function grpcMethod(name: string, method: Method): GrpcMethod<unknown, unknown> {
  const request: Codec<unknown> = getCodec<MessageName>(method.request);
  const response: Codec<unknown> = getCodec<MessageName>(method.response);
  return {
    path: method.path,
    originalName: name.charAt(0).toLowerCase() + name.slice(1),
    requestStream: method.clientStreaming,
    responseStream: method.serverStreaming,
    requestSerialize: (value) => serialize(request, value),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (value) => serialize(response, value),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

function serialize(codec: Codec<unknown>, value: unknown): Buffer {
  const bytes = value instanceof Uint8Array ? value : codec.encode(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
