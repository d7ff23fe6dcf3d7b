// The part that joining and renewing have in common: a new key, which never leaves this machine, and a
// certificate for it from whichever manager leads.
import { services } from "@swarmkit/proto";
import type { NodeSpecAvailability } from "@swarmkit/proto/types";
import { SwarmdError } from "../errors.ts";
import type { RpcClient } from "../grpc/client.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { createCertificateRequest, createPrivateKey } from "../tls/x509.ts";

/** One call, in milliseconds; SwarmKit allows the same. */
export const callTimeoutMs = 5000;
/** How long a signature may take in all: the managers may have to elect a leader first. */
const signatureTimeoutMs = 60_000;
/** Between questions that could not be answered, in milliseconds. */
const retryDelayMs = 500;

export interface CertificateOrder {
  readonly client: RpcClient;
  /** Of the manager, for errors. */
  readonly address: string;
  /** Empty when the node's certificate says who asks. */
  readonly token: string;
  readonly role: "MANAGER" | "WORKER";
  readonly availability: NodeSpecAvailability;
}

/** Rejects with an `RpcError`, or with `join-refused` when the authority does not sign. */
export async function requestCertificate(
  order: CertificateOrder,
): Promise<{ readonly certificatePem: string; readonly keyPem: string }> {
  const { client, role, token, availability } = order;
  const key = createPrivateKey();
  const csr = Buffer.from(createCertificateRequest(key));
  const request = { role, csr, token, availability };
  const { IssueNodeCertificate } = services.NodeCA;
  const { nodeId } = await client.call(IssueNodeCertificate, request, { timeoutMs: callTimeoutMs });
  const certificate = await awaitSignature(order, nodeId, csr);
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem: Buffer.from(certificate).toString("utf8"), keyPem };
}

/** Asks until there is a certificate for our own request: it may have replaced another one's. */
async function awaitSignature(
  { client, address }: CertificateOrder,
  nodeId: string,
  csr: Buffer,
): Promise<Uint8Array> {
  const giveUpAt = performance.now() + signatureTimeoutMs;
  const { NodeCertificateStatus } = services.NodeCA;
  for (;;) {
    try {
      const reply = await client.call(
        NodeCertificateStatus,
        { nodeId },
        { timeoutMs: callTimeoutMs },
      );
      const { certificate, status } = reply;
      const isOurs = certificate !== undefined && csr.equals(certificate.csr);
      if (isOurs && status?.state === "FAILED") {
        const message = `the manager at ${address} refused a certificate: ${status.err}`;
        throw new SwarmdError("join-refused", message);
      }
      if (isOurs && certificate.certificate.length > 0) return certificate.certificate;
    } catch (error) {
      // The leader may be another one by now, and the answer is held back until there is one.
      const isPassing = error instanceof RpcError && passing.has(error.code);
      if (!isPassing || performance.now() >= giveUpAt) throw error;
    }
    if (performance.now() >= giveUpAt) {
      const message = `the manager at ${address} did not sign a certificate in time: see its log`;
      throw new SwarmdError("join-refused", message);
    }
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
  }
}

/** Refusals that the next attempt may not meet. */
const passing: ReadonlySet<string> = new Set(["unavailable", "aborted"]);
