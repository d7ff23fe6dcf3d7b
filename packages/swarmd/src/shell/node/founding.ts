// How a swarm begins: the first manager makes the root of all certificates, and its own.
import { createHash, createPublicKey, randomBytes } from "node:crypto";
import { formatJoinToken } from "../../core/ca/join-token.ts";
import type { IdSource } from "../../core/lib/ids.ts";
import type { ClusterFounding } from "../../core/model/new-cluster.ts";
import { unlockKeyBytes } from "../../core/model/unlock-key.ts";
import { type NodeIdentity, toNodeIdentity } from "../tls/node-identity.ts";
import { createPrivateKey, createRootAuthority, issueLeaf } from "../tls/x509.ts";

/** Random bytes in a join token. */
const tokenSecretBytes = 16;
/** SwarmKit's default validity of node certificates. */
const certificateValidityMs = 90 * 24 * 3_600_000;

/** A swarm that exists in memory only, until its cluster object is committed. */
export interface Founding {
  readonly identity: NodeIdentity;
  readonly cluster: ClusterFounding;
}

/** Makes a new swarm with this node as its first manager. */
export function foundSwarm(options: {
  readonly ids: IdSource;
  readonly nowMs: number;
  readonly heartbeatTicks: number;
  readonly electionTicks: number;
  /**
   * Whether the managers of the swarm are locked. This one's key file is locked when the cluster object
   * says so: the key must not be needed before somebody can ask for it.
   */
  readonly autolock?: boolean;
}): Founding {
  const { ids, nowMs, heartbeatTicks, electionTicks, autolock = false } = options;
  const authority = createRootAuthority(nowMs);
  const key = createPrivateKey();
  const organization = ids();
  const subject = { nodeId: ids(), role: "swarm-manager", organization };
  const certificatePem = issueLeaf({
    authority,
    publicKey: createPublicKey(key),
    subject,
    nowMs,
    validityMs: certificateValidityMs,
  });
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  const rootPem = authority.certificatePem;
  const digest = createHash("sha256").update(rootPem).digest();
  const token = (): string => formatJoinToken(digest, randomBytes(tokenSecretBytes));
  return {
    identity: toNodeIdentity({ certificatePem, keyPem, rootPem }, "the new node's certificate"),
    cluster: {
      id: organization,
      rootCertificatePem: Buffer.from(rootPem),
      rootKeyPem: Buffer.from(authority.key.export({ type: "pkcs8", format: "pem" })),
      rootDigest: `sha256:${digest.toString("hex")}`,
      joinTokens: { worker: token(), manager: token() },
      heartbeatTicks,
      electionTicks,
      unlockKey: autolock ? new Uint8Array(randomBytes(unlockKeyBytes)) : undefined,
    },
  };
}
