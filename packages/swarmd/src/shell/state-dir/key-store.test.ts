import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { parseKeyFile } from "./key-file.ts";
import { KeyStore } from "./key-store.ts";

const pem = makePem();
const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);
const unlockKey = { key, version: 3 };
// As Go writes it, in clear.
const goHeaders =
  "KEY-----\nkek-version: 12\nraft-dek: EiAX4IkBD20mSjezscGSNpHgn6uw7XuBCRhLfcwuofop2Q==\n\n";
const goDataKey = "17e089010f6d264a37b3b1c1923691e09fabb0ed7b8109184b7dcc2ea1fa29d9";

let directory: ReturnType<typeof makeTempDir>;
let path: string;

beforeEach(() => {
  directory = makeTempDir();
  path = join(directory.path, "swarm-node.key");
});

afterEach(() => {
  directory.remove();
});

function makePem(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

const headersOf = (): Readonly<Record<string, string>> =>
  parseKeyFile(readFileSync(path, "utf8"), path).headers;

const hexOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

/** What the file says, as another process would find it. */
async function reopened(withKey?: Uint8Array): Promise<KeyStore> {
  return KeyStore.openExisting(path, withKey);
}

describe("keys in clear", () => {
  test("a new file is its owner's only, and says no more than the private key", async () => {
    await KeyStore.create(path, pem);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(headersOf()).toEqual({ "kek-version": "0" });
    const store = await reopened();
    expect(store.privateKeyPem).toBe(pem);
    expect([store.dataKeys, store.needsRotation]).toEqual([undefined, false]);
    expect(store.unlockKey).toEqual({ key: undefined, version: 0 });
  });

  test("Go's data key is read, and an unlock key that is not needed is not looked at", async () => {
    writeFileSync(path, pem.replace("KEY-----\n", goHeaders));
    const store = await reopened(key);
    expect(hexOf((await store.loadDataKeys({ create: false })).current)).toBe(goDataKey);
    expect(store.unlockKey).toEqual({ key: undefined, version: 12 });
  });

  test("a first data key is drawn where there may be one, and stays", async () => {
    const created = await (await KeyStore.create(path, pem)).loadDataKeys({ create: true });
    expect(created.current).toHaveLength(32);
    expect((await reopened()).dataKeys).toEqual(created);
  });

  test("no new key is made for a log that needs its old one", async () => {
    const store = await KeyStore.create(path, pem);
    await expect(store.loadDataKeys({ create: false })).rejects.toMatchObject({
      code: "key-file-invalid",
      message: expect.stringContaining("no raft-dek header"),
    });
    await expect(KeyStore.openExisting(`${path}x`)).rejects.toMatchObject({
      code: "key-file-invalid",
    });
    expect(await KeyStore.open(`${path}x`)).toBeUndefined();
  });

  test("damage is named", async () => {
    const damages: readonly (readonly [string, string])[] = [
      ["raft-dek: EiAX", "its raft-dek header is damaged"],
      ["raft-dek-pending: EgEB", "its raft-dek-pending header is damaged"],
      ["kek-version: x", "its kek-version header is damaged"],
    ];
    for (const [header, message] of damages) {
      writeFileSync(path, pem.replace("KEY-----\n", `KEY-----\n${header}\n\n`));
      const opening = reopened();
      await expect(opening, header).rejects.toMatchObject({
        code: "key-file-invalid",
        message: expect.stringContaining(message),
      });
    }
    writeFileSync(path, pem.replace(/\n[^-\n]{20}/, "\nAAAAAAAAAAAAAAAAAAAA"));
    await expect(reopened()).rejects.toThrow("it holds no private key");
  });
});

describe("the data key's replacement", () => {
  test("the new key is on disk beside the old one before anybody has it, then alone", async () => {
    const store = await KeyStore.create(path, pem);
    const { current } = await store.loadDataKeys({ create: true });
    const pending = await store.beginDataKeyRotation();
    expect((await reopened()).dataKeys).toEqual({ current, pending });
    await store.endDataKeyRotation();
    expect((await reopened()).dataKeys).toEqual({ current: pending });
    expect(Object.keys(headersOf())).not.toContain("raft-dek-pending");
  });

  test("a call for one that comes amid another outlives it", async () => {
    const store = await KeyStore.create(path, pem);
    await store.loadDataKeys({ create: true });
    await store.beginDataKeyRotation();
    await store.changeUnlockKey(unlockKey);
    await store.endDataKeyRotation();
    expect((await reopened(key)).needsRotation).toBe(true);
    await store.beginDataKeyRotation();
    expect((await reopened(key)).needsRotation).toBe(false);
  });

  test("changes that are asked for at once are all made", async () => {
    const store = await KeyStore.create(path, pem);
    const other = makePem();
    await Promise.all([
      store.loadDataKeys({ create: true }),
      store.changeUnlockKey(unlockKey),
      store.savePrivateKey(other),
      store.beginDataKeyRotation(),
    ]);
    const after = await reopened(key);
    expect(after.privateKeyPem).toBe(other);
    expect(after.dataKeys).toEqual(store.dataKeys);
    expect(after.dataKeys?.pending).toHaveLength(32);
  });

  test("a worker that was a manager keeps none", async () => {
    const store = await KeyStore.create(path, pem);
    await store.loadDataKeys({ create: true });
    await store.dropDataKeys();
    expect(headersOf()).toEqual({ "kek-version": "0" });
  });
});

describe("a locked node", () => {
  test("has nothing in clear, and opens under its key only", async () => {
    const store = await KeyStore.create(path, pem);
    const { current } = await store.loadDataKeys({ create: true });
    await store.changeUnlockKey(unlockKey);
    const text = readFileSync(path, "utf8");
    expect(text).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    expect(headersOf()).toMatchObject({ "kek-version": "3", "raft-dek-needs-rotation": "true" });
    expect(
      Buffer.from(headersOf()["raft-dek"] ?? "", "base64").includes(Buffer.from(current)),
    ).toBe(false);
    const after = await reopened(key);
    expect([after.privateKeyPem, after.unlockKey]).toEqual([pem, unlockKey]);
    expect(after.dataKeys?.current).toEqual(current);
    for (const wrong of [undefined, otherKey]) {
      await expect(reopened(wrong)).rejects.toMatchObject({
        code: "node-locked",
        message: expect.stringMatching(
          /^node is locked, and needs a valid unlock key: .*--unlock-key.*swarmctl cluster unlock-key/,
        ),
      });
    }
  });

  test("is locked also before it has a data key", async () => {
    await KeyStore.create(path, pem, unlockKey);
    expect((await reopened(key)).privateKeyPem).toBe(pem);
    for (const wrong of [undefined, otherKey]) {
      await expect(reopened(wrong)).rejects.toMatchObject({ code: "node-locked" });
    }
  });

  test("changes its key without a new data key, and can be unlocked", async () => {
    const store = await KeyStore.create(path, pem, unlockKey);
    await store.loadDataKeys({ create: true });
    await store.changeUnlockKey({ key: otherKey, version: 4 });
    await expect(reopened(key)).rejects.toMatchObject({ code: "node-locked" });
    const after = await reopened(otherKey);
    expect([after.unlockKey.version, after.needsRotation]).toEqual([4, false]);
    await after.changeUnlockKey({ key: undefined, version: 5 });
    expect((await reopened()).dataKeys).toEqual(store.dataKeys);
    expect(createPrivateKey(pem).asymmetricKeyType).toBe("ec");
  });

  test("a renewed private key is encrypted as the old one was, and the headers stay", async () => {
    const store = await KeyStore.create(path, pem, unlockKey);
    const dataKeys = await store.loadDataKeys({ create: true });
    const renewed = makePem();
    await store.savePrivateKey(renewed);
    const after = await reopened(key);
    expect([after.privateKeyPem, after.dataKeys]).toEqual([renewed, dataKeys]);
  });

  test("damage is told from a wrong key by the data key's checksum", async () => {
    const store = await KeyStore.create(path, pem, unlockKey);
    await store.loadDataKeys({ create: true });
    const text = readFileSync(path, "utf8");
    const body = /\n\n([A-Za-z0-9+/]{64})\n/.exec(text)?.[1] ?? "";
    writeFileSync(path, text.replace(body, `${body.slice(0, 40)}${"A".repeat(24)}`));
    await expect(reopened(key)).rejects.toMatchObject({ code: "key-file-invalid" });
    await expect(reopened(otherKey)).rejects.toMatchObject({ code: "node-locked" });
  });

  test("an old kind of encrypted key is read, and written as the new kind", async () => {
    const legacy = createPrivateKey(pem).export({
      ...{ type: "sec1", format: "pem", cipher: "aes-256-cbc" },
      passphrase: Buffer.from(key),
    }) as string;
    writeFileSync(path, legacy);
    await expect(reopened(otherKey)).rejects.toMatchObject({ code: "node-locked" });
    const store = await reopened(key);
    expect(store.privateKeyPem).toBe(pem);
    await store.loadDataKeys({ create: true });
    expect(readFileSync(path, "utf8")).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\nkek-version/,
    );
    expect((await reopened(key)).privateKeyPem).toBe(pem);
  });
});
