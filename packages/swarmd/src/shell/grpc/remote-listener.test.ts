import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:http2";
import { connect as connectTls } from "node:tls";
import { Server } from "@grpc/grpc-js";
import { services } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { createPrivateKey, createRootAuthority, issueLeaf } from "../tls/x509.ts";
import { RemoteListener, type ServerIdentity } from "./remote-listener.ts";
import { addService } from "./service.ts";

let grpc: Server;
let identity: ServerIdentity;
let listener: RemoteListener;
beforeEach(() => {
  grpc = new Server();
  identity = aManager();
  listener = new RemoteListener(grpc, identity, silentLogger);
});
afterEach(() => {
  listener.close();
  grpc.forceShutdown();
});

test("who calls before the manager serves is answered once it does", async () => {
  const port = await listener.listen("127.0.0.1", 0);
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    ca: identity.rootPem,
    servername: "swarm-ca",
    ALPNProtocols: ["h2"],
  });
  const session = connect("https://swarm-ca", { createConnection: () => socket });
  const request = session.request({
    ":method": "POST",
    ":path": services.CA.GetRootCACertificate.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  request.end(Buffer.alloc(5));
  await once(socket, "secureConnect");
  const address = `127.0.0.1:${socket.localPort}`;
  while (listener.peerOf(address) === undefined) await new Promise(setImmediate);

  const certificate = Buffer.from(identity.rootPem);
  addCa(certificate);
  listener.serve();

  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [trailers] = await once(request, "trailers");
  expect(trailers["grpc-status"]).toBe("0");
  expect(Buffer.concat(chunks).includes(certificate)).toBe(true);
  session.destroy();
});

function addCa(certificate: Buffer): void {
  const context = { organization: "cluster1", nodeId: "manager1", isBlacklisted: () => false };
  const gate = { context, peerOf: (address: string) => listener.peerOf(address) };
  const handlers = { GetRootCACertificate: () => ({ certificate }) };
  addService(grpc, "CA", handlers, { gate, log: silentLogger });
}

function aManager(): ServerIdentity {
  const authority = createRootAuthority(Date.now());
  const key = createPrivateKey();
  const certificatePem = issueLeaf({
    authority,
    publicKey: createPublicKey(key),
    subject: { nodeId: "manager1", role: "swarm-manager", organization: "cluster1" },
    nowMs: Date.now(),
    validityMs: 3_600_000,
  });
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem, keyPem, rootPem: authority.certificatePem };
}
