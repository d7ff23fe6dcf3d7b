import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
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

test.each(["TLSv1.2", "TLSv1.3"] as const)("no %s session is resumed", async (version) => {
  const port = await listener.listen("127.0.0.1", 0);
  const first = dial({ port, minVersion: version, maxVersion: version });
  let session: Buffer | undefined;
  first.on("session", (ticket: Buffer) => {
    session = ticket;
  });
  await once(first, "secureConnect");
  await admitted(first);
  // TLS 1.3 tells of sessions after the handshake, with the first bytes from the server.
  listener.serve();
  first.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  await once(first, "data");
  first.destroy();
  const second = dial({ port, session: session ?? first.getSession() });
  await once(second, "secureConnect");
  expect(second.isSessionReused()).toBe(false);
  second.destroy();
});

test("a second connection from the same address and port is refused, not mistaken", async () => {
  const port = await listener.listen("0.0.0.0", 0);
  const from = { port, localAddress: "127.0.0.1", localPort: await freePort() };
  const first = dial({ ...from, host: "127.0.0.1" });
  await once(first, "secureConnect");
  const address = await admitted(first);
  const { certificatePem: cert, keyPem: key } = identity;
  const second = dial({ ...from, host: "127.0.0.2", cert, key });
  await once(second, "close");
  expect(listener.peerOf(address)).toEqual({ kind: "anonymous", address });
  first.destroy();
});

test("a new identity is presented to who comes next, and the others stay", async () => {
  const port = await listener.listen("127.0.0.1", 0);
  const before = dial({ port });
  await once(before, "secureConnect");
  await admitted(before);
  const next = aManager();
  listener.setIdentity(next);
  const after = dial({ port, ca: next.rootPem });
  await once(after, "secureConnect");
  expect(after.authorized).toBe(true);
  // Members are judged by the new root as well.
  const { certificatePem: cert, keyPem: key } = next;
  const member = dial({ port, ca: next.rootPem, cert, key });
  await once(member, "secureConnect");
  expect(listener.peerOf(await admitted(member))).toMatchObject({ kind: "node" });
  expect(before.destroyed).toBe(false);
  for (const socket of [before, after, member]) socket.destroy();
});

/** A port that nobody uses; one that the kernel chose for a connection could not be shared. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function dial(options: ConnectionOptions): TLSSocket {
  const socket = connectTls({
    host: "127.0.0.1",
    ca: identity.rootPem,
    servername: "swarm-ca",
    ALPNProtocols: ["h2"],
    ...options,
  });
  return socket.on("error", () => {});
}

/** Resolves with the address by which the listener knows a connection. */
async function admitted(socket: TLSSocket): Promise<string> {
  const address = `127.0.0.1:${socket.localPort}`;
  while (listener.peerOf(address) === undefined) await new Promise(setImmediate);
  return address;
}

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
