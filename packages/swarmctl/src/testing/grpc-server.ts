// Servers on a unix socket: a real one, by grpc-js, and one whose every frame a test decides.

import type { IncomingHttpHeaders } from "node:http2";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import {
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { getCodec, grpcServiceDefinition, services } from "@swarmkit/proto";
import type { MessageName } from "@swarmkit/proto/types";
import type { ManagerMethod } from "../client/control-client.ts";
import { findMethod } from "../client/methods.ts";
import { RpcError } from "../client/rpc-error.ts";
import type { ControlHandlers, Handlers } from "./fake-client.ts";
import { testCertificate, testKey } from "./test-certificate.ts";

export interface TestServer {
  /** How many connections were made. */
  connections(): number;
  close(): Promise<void>;
}

const tlsOptions = { cert: testCertificate, key: testKey, ALPNProtocols: ["h2"] };

/** Serves the control API; a handler refuses by throwing RpcError. */
export async function listenGrpc(
  path: string,
  handlers: Handlers,
  security: "plain" | "tls" = "plain",
): Promise<TestServer> {
  const server = new Server();
  const definition = grpcServiceDefinition(services.Control) as unknown as ServiceDefinition;
  const authority = grpcServiceDefinition(services.CA) as unknown as ServiceDefinition;
  const { saveSnapshot, GetUnlockKey, ...control } = handlers;
  server.addService(definition, implement(control));
  if (GetUnlockKey !== undefined) server.addService(authority, implement({ GetUnlockKey }));
  if (saveSnapshot !== undefined) addBackups(server, saveSnapshot);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const net =
    security === "plain"
      ? createNetServer((socket) => injector.injectConnection(socket))
      : createTlsServer(tlsOptions, (socket) => injector.injectConnection(socket));
  return await listen(net, path, () => server.forceShutdown());
}

/** Serves HTTP/2 as the test has it. */
export async function listenHttp2(
  path: string,
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<TestServer> {
  const http2 = createHttp2Server();
  http2.on("sessionError", () => undefined);
  http2.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    stream.resume();
    onStream(stream, headers);
  });
  return await listen(http2 as unknown as NetServer, path, () => undefined);
}

async function listen(net: NetServer, path: string, stop: () => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  net.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    // Clients that hang up are what some tests are about.
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => net.listen(path, resolve));
  return {
    connections: () => connections,
    close: async () => {
      const closed = new Promise((resolve) => net.close(resolve));
      stop();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function addBackups(server: Server, saveSnapshot: NonNullable<Handlers["saveSnapshot"]>): void {
  const definition = grpcServiceDefinition(services.Backup) as unknown as ServiceDefinition;
  const serve = (call: ServerWritableStream<unknown, unknown>): void => {
    try {
      for (const parts of saveSnapshot()) call.write(getCodec("SnapshotChunk").create(parts));
      call.end();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      call.emit("error", { code: status[error.status], details: error.message });
    }
  };
  server.addService(definition, { SaveSnapshot: serve });
}

function implement(handlers: ControlHandlers): UntypedServiceImplementation {
  const entries = Object.entries(handlers).map(([name, handler]) => {
    const method = findMethod(name as ManagerMethod);
    const handle = handler as (request: unknown) => object;
    return [
      name,
      (call: { request: unknown }, answer: (error: object | null, reply?: unknown) => void) => {
        try {
          answer(null, getCodec<MessageName>(method.response).create(handle(call.request)));
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          answer({ code: status[error.status], details: error.message });
        }
      },
    ];
  });
  return Object.fromEntries(entries) as UntypedServiceImplementation;
}
