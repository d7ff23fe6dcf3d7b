import { getCodec } from "@swarmkit/proto";
import { expect, test } from "vitest";
import { isSealed, seal, unseal, wrapClear } from "./encryption.ts";
import { WireError } from "./wire.ts";

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const codec = getCodec("MaybeEncryptedRecord");

test("what was sealed is a secretbox record, and opens under its key only", () => {
  for (const length of [0, 1, 63, 64, 1000]) {
    const plain = new Uint8Array(length).fill(7);
    const sealed = seal(plain, key);
    const record = codec.decode(sealed);
    expect(record.algorithm).toBe("SECRETBOX_SALSA20_POLY1305");
    expect(record.data).toHaveLength(length + 16);
    expect(record.nonce).toHaveLength(24);
    expect(Buffer.from(codec.encode(record))).toEqual(Buffer.from(sealed));
    expect(Buffer.from(unseal(sealed, [key], "it"))).toEqual(Buffer.from(plain));
    expect(() => unseal(sealed, [new Uint8Array(32)], "entry 5")).toThrow(
      /^entry 5 cannot be decr/,
    );
  }
});

test("a box made by another implementation of NaCl opens", () => {
  // The test vector of NaCl's own documentation ("secretbox3" in its test suite).
  const naclKey = "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389";
  const nonce = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37";
  const box =
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a" +
    "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae" +
    "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74" +
    "e355a5";
  const sealed = codec.encode({
    algorithm: "SECRETBOX_SALSA20_POLY1305",
    data: Buffer.from(box, "hex"),
    nonce: Buffer.from(nonce, "hex"),
  });
  const plain = unseal(sealed, [Buffer.from(naclKey, "hex")], "it");
  expect(Buffer.from(plain).toString("hex")).toMatch(
    /^be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62/,
  );
  expect(plain).toHaveLength(131);
});

test("no two records have the same nonce", () => {
  const nonces = Array.from({ length: 1000 }, () => codec.decode(seal(Buffer.of(1), key)).nonce);
  expect(new Set(nonces.map((nonce) => Buffer.from(nonce).toString("hex"))).size).toBe(1000);
});

test("clear records are read, and told from encrypted ones", () => {
  const plain = Uint8Array.of(1, 2, 3);
  expect(Buffer.from(unseal(wrapClear(plain), [key], "it"))).toEqual(Buffer.from(plain));
  expect([isSealed(seal(plain, key)), isSealed(wrapClear(plain))]).toEqual([true, false]);
  expect(() => isSealed(Uint8Array.of(0xff))).toThrow(WireError);
});

test("an algorithm of FIPS nodes is refused by name", () => {
  const sealed = codec.encode(codec.create({ algorithm: "FERNET_AES_128_CBC" }));
  expect(() => unseal(sealed, [key], "entry 5")).toThrow(/entry 5 is encrypted by .*Fernet/);
});
