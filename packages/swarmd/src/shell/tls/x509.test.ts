import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  createCertificateRequest,
  createPrivateKey,
  createRootAuthority,
  issueLeaf,
  readCertificateRequest,
} from "./x509.ts";

const nowMs = 1_767_225_600_000;
const subject = { nodeId: "nodeid1", role: "swarm-manager", organization: "cluster1" };

describe("root certificates", () => {
  test("a root is self-signed, a CA, and valid for 20 years", () => {
    const root = new X509Certificate(createRootAuthority(nowMs).certificatePem);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.ca).toBe(true);
    expect(root.subject).toBe("CN=swarm-ca");
    const years = (root.validToDate.getTime() - nowMs) / (365 * 24 * 3_600_000);
    expect(years).toBe(20);
  });
});

describe("node certificates", () => {
  test("a leaf carries role, node and cluster, and is signed by its root", () => {
    const authority = createRootAuthority(nowMs);
    const publicKey = createPublicKey(createPrivateKey());
    const pem = issueLeaf({ authority, publicKey, subject, nowMs, validityMs: 7_776_000_000 });
    const leaf = new X509Certificate(pem);
    const root = new X509Certificate(authority.certificatePem);
    expect(leaf.subject).toBe("O=cluster1\nOU=swarm-manager\nCN=nodeid1");
    expect(leaf.subjectAltName).toBe("DNS:swarm-manager, DNS:nodeid1, DNS:swarm-ca");
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.validFromDate.getTime()).toBe(nowMs - 3_600_000);
    expect(leaf.validToDate.getTime()).toBe(nowMs + 7_776_000_000);
  });

  test("only a manager's leaf can answer as swarm-ca", () => {
    const authority = createRootAuthority(nowMs);
    const publicKey = createPublicKey(createPrivateKey());
    const worker = { ...subject, role: "swarm-worker" };
    const pem = issueLeaf({ authority, publicKey, subject: worker, nowMs, validityMs: 3_600_000 });
    expect(new X509Certificate(pem).subjectAltName).toBe("DNS:swarm-worker, DNS:nodeid1");
  });
});

describe("certificate requests", () => {
  test("the key of a genuine request is found", () => {
    const key = createPrivateKey();
    const publicKey = readCertificateRequest(createCertificateRequest(key));
    expect(publicKey?.equals(createPublicKey(key))).toBe(true);
  });

  test("a request whose key was swapped is not genuine", () => {
    const request = createCertificateRequest(createPrivateKey());
    const bytes = Buffer.from(request.split("\n").slice(1, -2).join(""), "base64");
    // Inside the public key: past the version, the empty subject and the algorithm.
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(readCertificateRequest(forged)).toBeUndefined();
  });

  test("a key that other nodes would not accept is refused, however genuine", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const uncommon = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
    const common = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    expect(readCertificateRequest(createCertificateRequest(weak))).toBeUndefined();
    expect(readCertificateRequest(createCertificateRequest(uncommon))).toBeUndefined();
    expect(readCertificateRequest(createCertificateRequest(common))).toBeDefined();
  });

  test("anything else is refused", () => {
    expect(readCertificateRequest("")).toBeUndefined();
    expect(
      readCertificateRequest(
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
      ),
    ).toBeUndefined();
  });
});
