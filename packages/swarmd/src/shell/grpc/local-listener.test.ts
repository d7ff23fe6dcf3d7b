import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { Server } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { createRootAuthority } from "../tls/x509.ts";
import { LocalListener } from "./local-listener.ts";

const { certificatePem, key: rootKey } = createRootAuthority(Date.now());
const identity = {
  certificatePem,
  keyPem: rootKey.export({ type: "pkcs8", format: "pem" }).toString(),
  rootPem: certificatePem,
};

let directory: string;
let path: string;
let grpc: Server;
let listeners: LocalListener[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "control-"));
  path = join(directory, "swarmd.sock");
  grpc = new Server();
  listeners = [];
});

afterEach(() => {
  for (const listener of listeners) listener.close();
  grpc.forceShutdown();
  rmSync(directory, { recursive: true, force: true });
});

function listen(): Promise<void> {
  const listener = new LocalListener(grpc, { path, identity, log: silentLogger });
  listeners.push(listener);
  return listener.listen();
}

test.each([0, 0o077])("owner and group alone may open the socket, with umask %i", async (umask) => {
  const before = process.umask(umask);
  try {
    const listening = listen();
    // Already before anybody could have learned that it is there.
    expect(statSync(path).mode & 0o007).toBe(0);
    await listening;
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(process.umask()).toBe(umask);
  } finally {
    process.umask(before);
  }
});

test("a new certificate is presented to who comes next", async () => {
  await listen();
  const presented = async (): Promise<string> => {
    const socket = connect({ path, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const before = await presented();
  const { certificatePem: rootPem, key } = createRootAuthority(Date.now());
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  listeners[0]?.setIdentity({ certificatePem: rootPem, keyPem, rootPem });
  expect(await presented()).not.toBe(before);
});

test("a socket that somebody listens on is left to him", async () => {
  await listen();
  await expect(listen()).rejects.toMatchObject({ code: "address-in-use" });
  expect(statSync(path).isSocket()).toBe(true);
});

test("a file, or a link to one, is not replaced", async () => {
  const target = join(directory, "precious");
  writeFileSync(target, "kept");
  symlinkSync(target, path);
  await expect(listen()).rejects.toMatchObject({ code: "listen-failed" });
  expect(statSync(target).size).toBe(4);
});
