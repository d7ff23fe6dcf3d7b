import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getCodec } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { loadDataKey } from "./data-key.ts";
import { formatKeyFile, parseKeyFile, readKeyFile, toPlainPem, withHeaders } from "./key-file.ts";

// As Go writes it; made for this test.
const dataKey = Buffer.from(
  "17e089010f6d264a37b3b1c1923691e09fabb0ed7b8109184b7dcc2ea1fa29d9",
  "hex",
);
const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
}) as string;
const withGoHeaders = pem.replace(
  "KEY-----\n",
  "KEY-----\nkek-version: 12\nraft-dek: EiAX4IkBD20mSjezscGSNpHgn6uw7XuBCRhLfcwuofop2Q==\n\n",
);

let directory: ReturnType<typeof makeTempDir>;
let path: string;

beforeEach(() => {
  directory = makeTempDir();
  path = join(directory.path, "swarm-node.key");
});

afterEach(() => {
  directory.remove();
});

test("Go's key file is read and written back byte for byte", () => {
  const keyFile = parseKeyFile(withGoHeaders, path);
  expect(keyFile.headers).toMatchObject({ "kek-version": "12" });
  expect(formatKeyFile(keyFile)).toBe(withGoHeaders);
});

test("without its headers the key is one that node takes", () => {
  const keyFile = parseKeyFile(withGoHeaders, path);
  expect(() => createPrivateKey(withGoHeaders)).toThrow();
  expect(toPlainPem(keyFile)).toBe(pem);
  expect(createPrivateKey(toPlainPem(keyFile)).asymmetricKeyType).toBe("ec");
});

test("headers that are not known are kept, and others can be changed and removed", () => {
  const keyFile = withHeaders(parseKeyFile(pem, path), { "x-own": "1: 2", "raft-dek": "AA==" });
  const again = parseKeyFile(formatKeyFile(keyFile), path);
  expect(again).toEqual(keyFile);
  expect(withHeaders(again, { "raft-dek": undefined }).headers).toEqual({ "x-own": "1: 2" });
});

test("the data key is the header's, also as Go writes it", async () => {
  writeFileSync(path, withGoHeaders);
  expect(Buffer.from(await loadDataKey(path, { create: true }))).toEqual(dataKey);
  expect(readFileSync(path, "utf8")).toBe(withGoHeaders);
});

test("a new data key is kept in the file for its owner only, and the key stays", async () => {
  writeFileSync(path, pem);
  const created = await loadDataKey(path, { create: true });
  expect(created).toHaveLength(32);
  expect(Buffer.from(await loadDataKey(path, { create: false }))).toEqual(Buffer.from(created));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const keyFile = await readKeyFile(path);
  expect(keyFile && toPlainPem(keyFile)).toBe(pem);
});

test("no new key is made for a log that needs its old one", async () => {
  writeFileSync(path, pem);
  await expect(loadDataKey(path, { create: false })).rejects.toMatchObject({
    code: "key-file-invalid",
    message: expect.stringContaining("no raft-dek header"),
  });
});

test("a locked node says what SwarmKit says", async () => {
  const codec = getCodec("MaybeEncryptedRecord");
  const sealed = codec.encode(codec.create({ algorithm: "SECRETBOX_SALSA20_POLY1305" }));
  const header = Buffer.from(sealed).toString("base64");
  const locked = [
    pem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    formatKeyFile(withHeaders(parseKeyFile(pem, path), { "raft-dek": header })),
  ];
  for (const text of locked) {
    writeFileSync(path, text);
    await expect(loadDataKey(path, { create: true })).rejects.toMatchObject({
      code: "node-locked",
      message: "node is locked, and needs a valid unlock key",
    });
  }
});

test("a file that is no key file is named, and never quoted", () => {
  for (const text of ["", "secret", pem.slice(0, -10), "-----BEGIN A-----\n-----END A-----\n"]) {
    expect(() => parseKeyFile(text, path)).toThrow(`the key file ${path} is damaged`);
  }
  expect(() => parseKeyFile("top secret", path)).not.toThrow("top secret");
});
