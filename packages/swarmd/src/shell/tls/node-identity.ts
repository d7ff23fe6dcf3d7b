// A node's certificate files: what it is in its swarm, across restarts.
import { createPublicKey, createPrivateKey as readPrivateKey, X509Certificate } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateRole } from "../../core/ca/authorize.ts";
import type { CertificateFacts } from "../../core/ca/renewal.ts";
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import { SwarmdError } from "../errors.ts";
import type { ServerIdentity } from "../grpc/remote-listener.ts";
import { atomicWrite, readFileIfAny, syncDirectory } from "../state-dir/atomic-file.ts";
import { KeyStore } from "../state-dir/key-store.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";

const publicFileMode = 0o644;

/** Who this node is, and how it proves it. */
export interface NodeIdentity extends ServerIdentity {
  readonly nodeId: string;
  readonly role: CertificateRole;
  /** The cluster's id. */
  readonly organization: string;
}

/** Reads what a certificate says of its node. Throws `identity-invalid`. */
export function toNodeIdentity(files: ServerIdentity, source: string): NodeIdentity {
  const certificate = parse(files.certificatePem, source);
  const fields = new Map(
    certificate.subject.split("\n").map((line) => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=")] as const;
    }),
  );
  const [nodeId, role, organization] = [fields.get("CN"), fields.get("OU"), fields.get("O")];
  if (nodeId === undefined || organization === undefined) {
    throw damaged(source, "its subject names no node or no swarm");
  }
  if (role !== "swarm-manager" && role !== "swarm-worker") {
    throw damaged(source, `its role "${role ?? ""}" is unknown`);
  }
  return { ...files, nodeId, role, organization };
}

/** What a node has of its own: who it is, and the one store of its keys that everybody shares. */
export interface NodeCredentials {
  readonly identity: NodeIdentity;
  readonly keys: KeyStore;
}

/**
 * What the state directory holds; undefined when the node has never been in a swarm. Rejects with
 * `identity-invalid` or `key-file-invalid` when its files are damaged, expired or do not belong together,
 * and with `node-locked`.
 */
export async function loadNodeCredentials(
  paths: StatePaths,
  options: { readonly nowMs: number; readonly unlockKey?: Uint8Array | undefined },
): Promise<NodeCredentials | undefined> {
  const [root, certificate, pending, keys] = await Promise.all([
    readFileIfAny(paths.rootCertificate),
    readFileIfAny(paths.nodeCertificate),
    readFileIfAny(pendingCertificatePath(paths)),
    KeyStore.open(paths.nodeKey, options.unlockKey),
  ]);
  // As in SwarmKit, an incomplete set is none: a crash while joining leaves one behind.
  if (root === undefined || keys === undefined) return undefined;
  const keyPem = keys.privateKeyPem;
  // The key was written, and then the power went: its certificate has yet to take its place.
  const isPendingDue = pending !== undefined && belongsToKey(toText(pending), keyPem);
  if (isPendingDue) await promotePending(paths);
  const own = isPendingDue ? pending : certificate;
  if (own === undefined) return undefined;
  const files = { rootPem: toText(root), certificatePem: toText(own), keyPem };
  const identity = toNodeIdentity(files, paths.nodeCertificate);
  verify(identity, paths, options.nowMs);
  return { identity, keys };
}

/**
 * Writes the files of a node that is new in its swarm; an unlock key encrypts them. A crash in between
 * leaves an incomplete set, which counts as none.
 */
export async function createNodeCredentials(
  paths: StatePaths,
  identity: NodeIdentity,
  unlockKey?: UnlockKey | undefined,
): Promise<NodeCredentials> {
  await saveRootCertificate(paths, identity.rootPem);
  const keys = await KeyStore.create(paths.nodeKey, identity.keyPem, unlockKey);
  await atomicWrite(paths.nodeCertificate, identity.certificatePem, publicFileMode);
  return { identity, keys };
}

/**
 * Replaces the certificate and its key. The new certificate waits beside the old one until its key is
 * there, so a crash at any moment leaves a certificate for the key (swarmkit ca/keyreadwriter.go).
 */
export async function saveRenewal(
  paths: StatePaths,
  { identity, keys }: NodeCredentials,
): Promise<void> {
  await atomicWrite(pendingCertificatePath(paths), identity.certificatePem, publicFileMode);
  await keys.savePrivateKey(identity.keyPem);
  await promotePending(paths);
}

/** Replaces the trust anchor; to be done only if the node's own certificate holds under it. */
export async function saveRootCertificate(paths: StatePaths, rootPem: string): Promise<void> {
  await atomicWrite(paths.rootCertificate, rootPem, publicFileMode);
}

/** Why a certificate cannot be this node's under `rootPem`; undefined when it can. */
export function findFlaw(identity: ServerIdentity, nowMs: number): string | undefined {
  if (!belongsToKey(identity.certificatePem, identity.keyPem)) return "it is for another key";
  if (!isIssuedUnder(identity.certificatePem, identity.rootPem)) {
    return "it was not issued by this swarm's root";
  }
  const { validToDate } = new X509Certificate(identity.certificatePem);
  return validToDate.getTime() <= nowMs ? `it expired at ${validToDate.toISOString()}` : undefined;
}

/**
 * Whether a certificate, with the intermediate ones that may follow it in its PEM text, leads to one of
 * the roots in a bundle. False for what is no certificate.
 */
export function isIssuedUnder(certificatePem: string, rootPem: string): boolean {
  try {
    const roots = splitPem(rootPem).map((pem) => new X509Certificate(pem));
    const chain = splitPem(certificatePem).map((pem) => new X509Certificate(pem));
    for (const [index, certificate] of chain.entries()) {
      if (roots.some(({ publicKey }) => certificate.verify(publicKey))) return true;
      const issuer = chain[index + 1];
      if (issuer === undefined || !certificate.verify(issuer.publicKey)) return false;
    }
    return false;
  } catch {
    // Whatever is wrong with the bytes, nothing can be verified with them.
    return false;
  }
}

/** What the schedule of renewals has to know of a node's certificate. */
export function readCertificateFacts({ certificatePem, role }: NodeIdentity): CertificateFacts {
  const { validFromDate, validToDate } = new X509Certificate(certificatePem);
  return {
    role: role === "swarm-manager" ? "MANAGER" : "WORKER",
    notBefore: validFromDate.getTime(),
    notAfter: validToDate.getTime(),
  };
}

/** When a certificate ends to be valid; undefined when the bytes are none. */
export function findCertificateExpiry(certificatePem: Uint8Array): number | undefined {
  if (certificatePem.length === 0) return undefined;
  try {
    return new X509Certificate(certificatePem).validToDate.getTime();
  } catch {
    // A node object may hold what an older or foreign authority issued.
    return undefined;
  }
}

/** Where a new certificate waits for its key; the name is SwarmKit's. */
function pendingCertificatePath(paths: StatePaths): string {
  return join(paths.certificates, ".swarm-node.crt");
}

async function promotePending(paths: StatePaths): Promise<void> {
  await rename(pendingCertificatePath(paths), paths.nodeCertificate);
  await syncDirectory(paths.certificates);
}

function verify(identity: NodeIdentity, paths: StatePaths, nowMs: number): void {
  const certificate = parse(identity.certificatePem, paths.nodeCertificate);
  const [root = ""] = splitPem(identity.rootPem);
  parse(root, paths.rootCertificate);
  const publicKey = createPublicKey(readKey(identity.keyPem, paths.nodeKey));
  if (!certificate.publicKey.equals(publicKey)) {
    throw damaged(paths.nodeCertificate, `it does not belong to the key in ${paths.nodeKey}`);
  }
  if (!isIssuedUnder(identity.certificatePem, identity.rootPem)) {
    throw damaged(paths.nodeCertificate, `it was not issued by ${paths.rootCertificate}`);
  }
  if (certificate.validToDate.getTime() <= nowMs) {
    throw damaged(paths.nodeCertificate, `it expired at ${certificate.validToDate.toISOString()}`);
  }
}

function belongsToKey(certificatePem: string, keyPem: string): boolean {
  try {
    const { publicKey } = new X509Certificate(certificatePem);
    return publicKey.equals(createPublicKey(readPrivateKey(keyPem)));
  } catch {
    return false;
  }
}

function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

function parse(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw damaged(path, "it holds no X.509 certificate", error);
  }
}

function readKey(pem: string, path: string): ReturnType<typeof readPrivateKey> {
  try {
    return readPrivateKey(pem);
  } catch {
    // OpenSSL's words say nothing to a user, and must not carry parts of a key anywhere.
    throw damaged(path, "it holds no private key");
  }
}

function damaged(path: string, what: string, cause?: unknown): SwarmdError {
  const remedy =
    "restore it from a backup, or remove the node from the swarm and join it again with an empty state directory";
  return new SwarmdError("identity-invalid", `cannot use ${path}: ${what}; ${remedy}`, { cause });
}
