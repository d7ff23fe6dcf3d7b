import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { formatKeyFile, parseKeyFile, withHeaders } from "./key-file.ts";

// Headers as Go writes them; made for this test.
const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
}) as string;
const withGoHeaders = pem.replace(
  "KEY-----\n",
  "KEY-----\nkek-version: 12\nraft-dek: EiAX4IkBD20mSjezscGSNpHgn6uw7XuBCRhLfcwuofop2Q==\n\n",
);

const path = "/state/swarm-node.key";

test("Go's key file is read and written back byte for byte", () => {
  const keyFile = parseKeyFile(withGoHeaders, path);
  expect(keyFile.headers).toMatchObject({ "kek-version": "12" });
  expect(formatKeyFile(keyFile)).toBe(withGoHeaders);
});

test("headers that are not known are kept, and others can be changed and removed", () => {
  const keyFile = withHeaders(parseKeyFile(pem, path), { "x-own": "1: 2", "raft-dek": "AA==" });
  const again = parseKeyFile(formatKeyFile(keyFile), path);
  expect(again).toEqual(keyFile);
  expect(withHeaders(again, { "raft-dek": undefined }).headers).toEqual({ "x-own": "1: 2" });
});

test("a file that is no key file is named, and never quoted", () => {
  for (const text of ["", "secret", pem.slice(0, -10), "-----BEGIN A-----\n-----END A-----\n"]) {
    expect(() => parseKeyFile(text, path)).toThrow(`the key file ${path} is damaged`);
  }
  expect(() => parseKeyFile("top secret", path)).not.toThrow("top secret");
});
