// Certificates of a swarm that exists in a test only.
import { createPublicKey } from "node:crypto";
import type { CertificateRole } from "../../../core/ca/authorize.ts";
import { type NodeIdentity, toNodeIdentity } from "../node-identity.ts";
import { type Authority, createPrivateKey, createRootAuthority, issueLeaf } from "../x509.ts";

const dayMs = 24 * 3_600_000;

export class SwarmAuthority {
  readonly authority: Authority;
  readonly #nowMs: number;

  /** `nowMs` is when its certificates begin; now by default. */
  constructor(nowMs: number = Date.now()) {
    this.#nowMs = nowMs;
    this.authority = createRootAuthority(nowMs);
  }

  /** A node of the swarm `cluster1`, by a certificate for 90 days. */
  issue(
    role: CertificateRole,
    options: { readonly nodeId?: string; readonly validityMs?: number } = {},
  ): NodeIdentity {
    const { nodeId = "node1", validityMs = 90 * dayMs } = options;
    const key = createPrivateKey();
    const certificatePem = issueLeaf({
      authority: this.authority,
      publicKey: createPublicKey(key),
      subject: { nodeId, role, organization: "cluster1" },
      nowMs: this.#nowMs,
      validityMs,
    });
    const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
    const rootPem = this.authority.certificatePem;
    return toNodeIdentity({ certificatePem, keyPem, rootPem }, "a test's certificate");
  }
}
