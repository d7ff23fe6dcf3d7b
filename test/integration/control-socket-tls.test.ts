// The control socket as Go's clients use it: TLS without verification, and the socket's own path as
// `:authority`, which Node's HTTP/2 refuses by itself.
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getCodec, services } from "../../packages/proto/src/index.ts";
import { LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import { makeTestFolder, type TestFolder } from "../lib/swarmd-run.ts";

const method = services.Control.ListNodes;
const requestTimeoutMs = 10_000;

let folder: TestFolder;
let swarm: LocalSwarm;
let socketPath: string;

beforeAll(async () => {
  folder = makeTestFolder();
  swarm = new LocalSwarm({ directory: folder.path, flags: ["--executor", "fake"] });
  socketPath = (await swarm.startManager()).controlSocket;
});

afterAll(async () => {
  await swarm?.stopAll();
  folder.remove();
});

const authorities: readonly (readonly [string, () => string])[] = [
  ["the socket's path", () => socketPath],
  ["the path that is usual", () => "/var/run/swarmd.sock"],
  ["an escaped path", () => encodeURIComponent(socketPath)],
  ["a plain name", () => "localhost"],
];

for (const [what, authority] of authorities) {
  test(`a client over TLS whose authority is ${what} lists the nodes`, async () => {
    const session = await openTls();
    try {
      const nodes = await listNodes(session, authority());
      expect(nodes).toEqual([{ hostname: "manager-1", state: "READY", role: "MANAGER" }]);
    } finally {
      session.destroy();
    }
  });
}

test("one connection over TLS carries many calls", async () => {
  const session = await openTls();
  try {
    const calls = Array.from({ length: 20 }, () => listNodes(session, socketPath));
    for (const nodes of await Promise.all(calls)) expect(nodes).toHaveLength(1);
    expect(await listNodes(session, socketPath)).toHaveLength(1);
  } finally {
    session.destroy();
  }
});

function openTls(): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      path: socketPath,
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
      servername: "swarm-manager",
    });
    const session = connect("https://localhost", { createConnection: () => socket });
    session.on("error", reject);
    session.once("remoteSettings", () => {
      expect(socket.alpnProtocol).toBe("h2");
      resolve(session);
    });
  });
}

interface ListedNode {
  readonly hostname: string | undefined;
  readonly state: string;
  readonly role: string;
}

/** A unary gRPC call by hand, as no library of ours would send such an authority. */
function listNodes(session: ClientHttp2Session, authority: string): Promise<readonly ListedNode[]> {
  const request = getCodec(method.request);
  const response = getCodec(method.response);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":scheme": "https",
      ":path": method.path,
      ":authority": authority,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    let status = "";
    const keepStatus = (headers: Readonly<Record<string, unknown>>): void => {
      status = String(headers["grpc-status"] ?? status);
      if (status !== "" && status !== "0") {
        reject(new Error(`grpc-status ${status}: ${headers["grpc-message"]}`));
      }
    };
    stream.setTimeout(requestTimeoutMs, () => reject(new Error("no answer from swarmd")));
    stream.on("error", reject);
    stream.on("response", keepStatus);
    stream.on("trailers", keepStatus);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      if (status !== "0") reject(new Error(`the answer ended without a status: "${status}"`));
      const { nodes } = response.decode(unframe(Buffer.concat(chunks)));
      resolve(
        nodes.map((node) => ({
          hostname: node.description?.hostname,
          state: node.status.state,
          role: node.role,
        })),
      );
    });
    stream.end(frame(request.encode(request.create())));
  });
}

/** gRPC's frame: not compressed, the length in four bytes, the message. */
function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function unframe(bytes: Buffer): Uint8Array {
  expect(bytes.readUInt8(0)).toBe(0);
  expect(bytes.readUInt32BE(1)).toBe(bytes.length - 5);
  return bytes.subarray(5);
}
