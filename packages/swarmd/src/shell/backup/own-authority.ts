import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Cluster } from "@swarmkit/proto/types";
import { fromDuration } from "../../core/lib/time.ts";
import { issueLeaf } from "../tls/x509.ts";

/** What a manager certificate says that its own store vouches for. */
export interface OwnCertificate {
  readonly nodeId: string;
  readonly publicKey: KeyObject;
  readonly nowMs: number;
}

/** SwarmKit's default validity of node certificates. */
const certificateValidityMs = 90 * 24 * 3_600_000;

/**
 * A manager certificate, issued with the root key that the store holds; undefined when it holds none, as in
 * swarms whose certificates an external authority issues.
 */
export function issueOwnCertificate(
  cluster: Cluster,
  { nodeId, nowMs, publicKey }: OwnCertificate,
): string | undefined {
  const { caCert, caKey } = cluster.rootCa;
  if (caKey.length === 0 || caCert.length === 0) return undefined;
  const { nodeCertExpiry } = cluster.spec.caConfig;
  const authority = {
    certificatePem: Buffer.from(caCert).toString(),
    key: createPrivateKey(Buffer.from(caKey)),
  };
  return issueLeaf({
    authority,
    publicKey,
    subject: { nodeId, role: "swarm-manager", organization: cluster.id },
    nowMs,
    validityMs: (nodeCertExpiry && fromDuration(nodeCertExpiry)) || certificateValidityMs,
  });
}
