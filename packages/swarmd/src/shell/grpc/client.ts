// The calling side of gRPC: plain values in, promises and async iterables out.
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { getCodec, type Method } from "@swarmkit/proto";
import type { MessageName, MessageTypes } from "@swarmkit/proto/types";
import type { ServerIdentity } from "./remote-listener.ts";
import { fromServiceError } from "./rpc-error.ts";

/** How to reach and trust the other end. */
export type Trust =
  /** The control socket in plain HTTP/2. */
  | { readonly kind: "local" }
  /** Nothing is verified: only to fetch a root certificate, which a token's digest then proves. */
  | { readonly kind: "unverified" }
  /** The server must prove `serverName` under the swarm's root; we show a certificate if we have one. */
  | {
      readonly kind: "swarm";
      readonly serverName: "swarm-manager" | "swarm-ca";
      readonly rootPem: string;
      readonly identity?: ServerIdentity | undefined;
    };

/** One connection to a manager. Errors of calls are `RpcError`. */
export class RpcClient {
  readonly #client: Client;

  constructor(target: string, trust: Trust) {
    this.#client = new Client(target, toCredentials(trust), {
      "grpc.enable_channelz": 0,
      "grpc.enable_http_proxy": 0,
      // Streams must not be replayed behind our back: sessions are renewed on purpose.
      "grpc.enable_retries": 0,
      "grpc.max_receive_message_length": -1,
      // Channels with equal options would otherwise share a connection, dead ones included.
      "grpc.use_local_subchannel_pool": 1,
      ...(trust.kind === "local" ? { "grpc.default_authority": "localhost" } : {}),
      ...(trust.kind === "swarm" ? { "grpc.ssl_target_name_override": trust.serverName } : {}),
      // Without a name Node warns that an address is no server name.
      ...(trust.kind === "unverified" ? { "grpc.ssl_target_name_override": "swarm-ca" } : {}),
    });
  }

  async call<Q extends MessageName, R extends MessageName>(
    method: Method<Q, R>,
    request: MessageTypes[Q],
    options: { readonly timeoutMs: number },
  ): Promise<MessageTypes[R]> {
    const [encode, decode] = codecsOf(method);
    const deadline = new Date(Date.now() + options.timeoutMs);
    return await new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        encode,
        decode,
        request,
        new Metadata(),
        { deadline },
        (error, response) => {
          if (error !== null) reject(fromServiceError(error));
          else if (response !== undefined) resolve(response);
        },
      );
    });
  }

  /** Messages of a server stream until it ends; aborting the signal cancels it without an error. */
  async *stream<Q extends MessageName, R extends MessageName>(
    method: Method<Q, R>,
    request: MessageTypes[Q],
    signal: AbortSignal,
  ): AsyncGenerator<MessageTypes[R], void, undefined> {
    const [encode, decode] = codecsOf(method);
    const call = this.#client.makeServerStreamRequest(
      method.path,
      encode,
      decode,
      request,
      new Metadata(),
      {},
    );
    const cancel = (): void => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const messages = call.iterator({ destroyOnReturn: true });
      for await (const message of messages) yield message as MessageTypes[R];
    } catch (error) {
      if (!signal.aborted) throw fromServiceError(error as ServiceError);
    } finally {
      signal.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }
}

function codecsOf<Q extends MessageName, R extends MessageName>(
  method: Method<Q, R>,
): readonly [(value: MessageTypes[Q]) => Buffer, (bytes: Buffer) => MessageTypes[R]] {
  const request = getCodec(method.request);
  const response = getCodec(method.response);
  return [
    (value) => {
      const bytes = request.encode(value);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    (bytes) => response.decode(bytes),
  ];
}

function toCredentials(trust: Trust): ChannelCredentials {
  switch (trust.kind) {
    case "local":
      return credentials.createInsecure();
    case "unverified":
      return credentials.createSsl(null, null, null, { rejectUnauthorized: false });
    case "swarm": {
      const { rootPem, identity } = trust;
      const [key, certificate] =
        identity === undefined
          ? [null, null]
          : [Buffer.from(identity.keyPem), Buffer.from(identity.certificatePem)];
      return credentials.createSsl(Buffer.from(rootPem), key, certificate);
    }
  }
}
