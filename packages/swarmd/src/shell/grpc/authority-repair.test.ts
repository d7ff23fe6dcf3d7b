import { once } from "node:events";
import { connect, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect as dial, createServer as listen, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { AuthorityRepair, repairAuthority } from "./authority-repair.ts";
import { decodeHuffman, HpackError, rewriteAuthority } from "./hpack.ts";

/** The bytes that Node's own HTTP/2 client sends for one request. */
async function captureRequest(headers: Record<string, string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const captured = Promise.withResolvers<void>();
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      if (findHeaderBlock(Buffer.concat(chunks)) !== undefined) captured.resolve();
      done();
    },
  });
  const session = connect("http://localhost", { createConnection: () => wire });
  session.on("error", () => {});
  const request = session.request({ ":path": "/x", ":method": "POST", ...headers });
  request.on("error", () => {});
  await captured.promise;
  session.destroy();
  return Buffer.concat(chunks);
}

/** The first HEADERS frame's block, once it is there as a whole. */
function findHeaderBlock(bytes: Buffer): Buffer | undefined {
  let offset = 24;
  while (offset + 9 <= bytes.length) {
    const length = bytes.readUIntBE(offset, 3);
    const payload = bytes.subarray(offset + 9, offset + 9 + length);
    if (bytes.readUInt8(offset + 3) === 1 && payload.length === length) {
      // Node's client sends neither padding nor, by default, a priority.
      return (bytes.readUInt8(offset + 4) & 0x20) === 0 ? payload : payload.subarray(5);
    }
    offset += 9 + length;
  }
  return undefined;
}

describe("Huffman strings", () => {
  test("every printable character is decoded as another implementation encoded it", async () => {
    const text = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
      .join("")
      .replaceAll(/[^0-9A-Za-z./:_\-=&?%+,;~]/g, "");
    // Letters in numbers, so that the coded form is the shorter one and is used.
    const authority = `${text}${"aeiost012".repeat(20)}`;
    const seen: string[] = [];
    const bytes = await captureRequest({ ":authority": authority });
    rewriteAuthority(findHeaderBlock(bytes) ?? Buffer.alloc(0), (value) => {
      seen.push(Buffer.from(value).toString("latin1"));
      return value;
    });
    expect(seen).toEqual([authority]);
  });

  test("the RFC's own example is decoded", () => {
    // "www.example.com", from RFC 7541 C.4.1.
    const coded = Buffer.from("f1e3c2e5f23a6ba0ab90f4ff", "hex");
    expect(Buffer.from(decodeHuffman(coded)).toString()).toBe("www.example.com");
  });

  test("padding other than ones is refused", () => {
    expect(() => decodeHuffman(Uint8Array.of(0b00000_000))).toThrow(HpackError);
  });
});

describe("header blocks", () => {
  test("a block that ends too early is refused", () => {
    expect(() => rewriteAuthority(Uint8Array.of(0x41, 0x05, 0x61), (value) => value)).toThrow(
      HpackError,
    );
  });

  test("only the authority changes", () => {
    // :method GET, :authority "/a" not coded, a literal "k: v".
    const block = Uint8Array.of(0x82, 0x41, 2, 0x2f, 0x61, 0x40, 1, 0x6b, 1, 0x76);
    const rewritten = rewriteAuthority(block, () => Uint8Array.of(0x2d, 0x61));
    expect([...rewritten]).toEqual([0x82, 0x41, 2, 0x2d, 0x61, 0x40, 1, 0x6b, 1, 0x76]);
  });
});

describe("repaired connections", () => {
  test("a client whose authority is a path is served, call after call", async () => {
    const server: Http2Server = createServer();
    const seen: string[] = [];
    server.on("stream", (stream: ServerHttp2Stream, headers) => {
      seen.push(String(headers[":authority"]));
      stream.respond({ ":status": 200 });
      stream.end("ok");
    });
    const { near, far } = duplexPair();
    server.emit("connection", repairAuthority(far));
    const session = connect("http://localhost", { createConnection: () => near });
    for (let call = 0; call < 3; call += 1) {
      const request = session.request({ ":path": "/x", ":authority": "/run/swarmd.sock" });
      request.resume();
      await once(request, "end");
    }
    session.destroy();
    server.close();
    expect(seen).toEqual(Array(3).fill("-run-swarmd.sock"));
  });

  test("a client that goes away ends its session, also in the middle of an answer", async () => {
    await using host = await serveRepaired();
    for (const leave of [(socket: Socket) => socket.end(), (socket: Socket) => socket.destroy()]) {
      const socket = dial(host.port);
      const session = connect("http://localhost", { createConnection: () => socket });
      session.on("error", () => {});
      const request = session.request({ ":path": "/x", ":authority": "/run/swarmd.sock" });
      request.on("error", () => {});
      const [stream] = await once(host.http, "stream");
      const ended = once(stream.session, "close");
      stream.respond({ ":status": 200 });
      stream.write("begin");
      await once(request, "data");
      leave(socket);
      // More than the kernel buffers, so a write is pending when the connection ends.
      stream.write(Buffer.alloc(4 * 1024 * 1024));
      stream.on("error", () => {});
      await ended;
    }
  });

  test("bytes that arrive one by one are repaired all the same", async () => {
    const bytes = await captureRequest({ ":authority": "/run/swarmd.sock" });
    const whole = await repairInPieces([bytes]);
    const pieces = await repairInPieces(Array.from(bytes, (byte) => Buffer.of(byte)));
    expect(pieces.equals(whole)).toBe(true);
    expect(whole.length).toBeGreaterThan(0);
  });
});

interface RepairedHost extends AsyncDisposable {
  readonly port: number;
  readonly http: Http2Server;
}

/** An HTTP/2 server on TCP, behind the repair. */
async function serveRepaired(): Promise<RepairedHost> {
  const http = createServer();
  const listener = listen((socket) => {
    socket.on("error", () => {});
    http.emit("connection", repairAuthority(socket));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const close = async (): Promise<void> => {
    listener.close();
    await once(listener, "close");
  };
  return { port, http, [Symbol.asyncDispose]: close };
}

async function repairInPieces(pieces: readonly Buffer[]): Promise<Buffer> {
  const repair = new AuthorityRepair();
  for (const piece of pieces) repair.write(piece);
  repair.end();
  return Buffer.concat(await repair.toArray());
}

/** Two ends of a connection in memory. */
function duplexPair(): { readonly near: Duplex; readonly far: Duplex } {
  const ends: Duplex[] = [];
  for (const other of [1, 0]) {
    ends.push(
      new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          ends[other]?.push(chunk);
          done();
        },
        final(done) {
          ends[other]?.push(null);
          done();
        },
      }),
    );
  }
  const [near, far] = ends;
  if (near === undefined || far === undefined) throw new Error("unreachable");
  return { near, far };
}

test("headers that never end are given up, though they hold nothing", async () => {
  const repair = new AuthorityRepair().resume();
  const failed = once(repair, "error");
  const frame = (type: number): Buffer => Buffer.from([0, 0, 0, type, 0, 0, 0, 0, 1]);
  const endless = Array.from({ length: 100 }, () => frame(9));
  repair.write(Buffer.concat([Buffer.alloc(24), frame(1), ...endless]));
  const [error] = await failed;
  expect(error.message).toMatch("too many frames");
});
