// A node's certificate files: what it is in its swarm, across restarts.
import { createPublicKey, createPrivateKey as readPrivateKey, X509Certificate } from "node:crypto";
import type { CertificateRole } from "../../core/ca/authorize.ts";
import { SwarmdError } from "../errors.ts";
import type { ServerIdentity } from "../grpc/remote-listener.ts";
import { atomicWrite, readFileIfAny } from "../state-dir/atomic-file.ts";
import {
  parseKeyFile,
  readKeyFile,
  toPlainPem,
  withHeaders,
  writeKeyFile,
} from "../state-dir/key-file.ts";
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

/**
 * The identity that the state directory holds; undefined when the node has never been in a swarm.
 * Rejects with `identity-invalid` or `key-file-invalid` when its files are damaged, expired or do
 * not belong together, and with `node-locked`.
 */
export async function loadNodeIdentity(
  paths: StatePaths,
  nowMs: number,
): Promise<NodeIdentity | undefined> {
  const [root, certificate, keyFile] = await Promise.all([
    readFileIfAny(paths.rootCertificate),
    readFileIfAny(paths.nodeCertificate),
    readKeyFile(paths.nodeKey),
  ]);
  // As in SwarmKit, an incomplete set is none: a crash while joining leaves one behind.
  if (root === undefined || certificate === undefined || keyFile === undefined) return undefined;
  const identity = toNodeIdentity(
    {
      rootPem: Buffer.from(root).toString("utf8"),
      certificatePem: Buffer.from(certificate).toString("utf8"),
      keyPem: toPlainPem(keyFile),
    },
    paths.nodeCertificate,
  );
  verify(identity, paths, nowMs);
  return identity;
}

/** Writes the three files, the key first: a certificate without its key is worth nothing. */
export async function saveNodeIdentity(paths: StatePaths, identity: NodeIdentity): Promise<void> {
  const headers = (await readKeyFile(paths.nodeKey))?.headers ?? {};
  const keyFile = parseKeyFile(identity.keyPem, paths.nodeKey);
  await writeKeyFile(paths.nodeKey, withHeaders(keyFile, headers));
  await atomicWrite(paths.rootCertificate, identity.rootPem, publicFileMode);
  await atomicWrite(paths.nodeCertificate, identity.certificatePem, publicFileMode);
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

function verify(identity: NodeIdentity, paths: StatePaths, nowMs: number): void {
  const certificate = parse(identity.certificatePem, paths.nodeCertificate);
  const root = parse(identity.rootPem, paths.rootCertificate);
  const publicKey = createPublicKey(readKey(identity.keyPem, paths.nodeKey));
  if (!certificate.publicKey.equals(publicKey)) {
    throw damaged(paths.nodeCertificate, `it does not belong to the key in ${paths.nodeKey}`);
  }
  if (!certificate.verify(root.publicKey)) {
    throw damaged(paths.nodeCertificate, `it was not issued by ${paths.rootCertificate}`);
  }
  if (certificate.validToDate.getTime() <= nowMs) {
    throw damaged(paths.nodeCertificate, `it expired at ${certificate.validToDate.toISOString()}`);
  }
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
