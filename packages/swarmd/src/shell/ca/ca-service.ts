// CA and NodeCA: the root certificate for anybody, node certificates for holders of a join token.
// Requests become node objects; this watches them and signs.
import { createPrivateKey, timingSafeEqual } from "node:crypto";
import type { Server } from "@grpc/grpc-js";
import type { Cluster, Node, NodeCertificateStatusResponse } from "@swarmkit/proto/types";
import {
  findCluster,
  isAwaitingSignature,
  isIssuanceSettled,
  requestCertificate,
  toCertificateRole,
} from "../../core/ca/certificates.ts";
import type { IdSource } from "../../core/lib/ids.ts";
import { type Outcome, refuse, succeed } from "../../core/lib/outcome.ts";
import { fromDuration, type Millis } from "../../core/lib/time.ts";
import { unlockKeyOf } from "../../core/model/unlock-key.ts";
import type { Commit } from "../../core/store/types.ts";
import type { LeaderRoute } from "../grpc/leader-route.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type CallContext, type Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import type { StoreClient } from "../manager/store-client.ts";
import { issueLeaf, readCertificateRequest } from "../tls/x509.ts";

/** SwarmKit's default validity of node certificates, and the shortest that it accepts. */
const defaultValidityMs = 90 * 24 * 3_600_000;
const validityMsMin = 3_600_000;
/** Callers that may wait for a signature at once. */
const waitersMax = 10_000;

export interface CaOptions {
  readonly store: StoreClient;
  readonly ids: IdSource;
  /**
   * The machine's own idea of the date, steps included: certificates are for other machines' clocks, so
   * the steady clock of timers, which keeps a wrong date until the process ends, would not do.
   */
  readonly wallNow: () => Millis;
  readonly log: Logger;
}

/** Somebody who waits for a change of a node. */
interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: RpcError) => void;
}

export class CaService {
  readonly #options: CaOptions;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #waiterCount = 0;
  /** Whether anybody would wake those who wait. */
  #isLeading = false;

  constructor(options: CaOptions) {
    this.#options = options;
  }

  addTo(
    server: Server,
    { gate, leader }: { readonly gate: Gate; readonly leader: LeaderRoute },
  ): void {
    const { log } = this.#options;
    const ca = {
      // Whoever asks knows its digest, and so needs nobody's word that it is the right one.
      GetRootCACertificate: () => ({ certificate: this.#cluster().rootCa.caCert }),
      GetUnlockKey: async () => {
        await this.#confirmLead();
        const { key = new Uint8Array(), version } = unlockKeyOf(this.#cluster());
        return { unlockKey: key, version: { index: version } };
      },
    };
    addService(server, "CA", ca, { gate, leader, log });
    const nodeCa = {
      IssueNodeCertificate: async (
        request: Parameters<typeof requestCertificate>[0],
        { caller }: CallContext,
      ) => {
        const { store, ids } = this.#options;
        const outcome = await store.write((transaction) =>
          requestCertificate(request, transaction, { caller, ids, isEqualSecret }),
        );
        if (!outcome.ok) throw new RpcError(outcome.code, outcome.message);
        return outcome.value;
      },
      NodeCertificateStatus: (request: { readonly nodeId: string }, { signal }: CallContext) =>
        this.#status(request.nodeId, signal),
    };
    addService(server, "NodeCA", nodeCa, { gate, leader, log });
  }

  /** Signs what waits already; called when this manager becomes the leader. */
  start(): void {
    this.#isLeading = true;
    for (const node of this.#options.store.view().find("node", { by: "all" })) {
      if (isAwaitingSignature(node)) this.#sign(node);
    }
  }

  /** Signs new requests and wakes those who wait for one. */
  handle(commit: Commit): void {
    for (const event of commit.events) {
      if (event.table !== "node") continue;
      if (event.kind !== "remove" && isAwaitingSignature(event.object)) this.#sign(event.object);
      for (const { resolve } of this.#waiters.get(event.object.id) ?? []) resolve();
    }
  }

  /** This manager leads no more: who waits here has to ask the next leader. */
  stop(): void {
    this.#isLeading = false;
    for (const waiters of [...this.#waiters.values()]) {
      for (const { reject } of waiters) reject(leadsNoMore());
    }
  }

  /** Another manager may lead, and have written more, without this one knowing. */
  async #confirmLead(): Promise<void> {
    const fresh = await this.#options.store.readFresh();
    if (!fresh.ok) throw new RpcError(fresh.code, fresh.message);
  }

  #cluster(): Cluster {
    const cluster = findCluster(this.#options.store.view());
    if (cluster === undefined) throw new RpcError("aborted", "CA signer is still starting");
    return cluster;
  }

  /** Answers when the certificate is there, as Go's clients expect; the caller's deadline bounds it. */
  async #status(nodeId: string, signal: AbortSignal): Promise<NodeCertificateStatusResponse> {
    if (nodeId === "") throw new RpcError("invalid-argument", "the node id is missing");
    await this.#confirmLead();
    for (;;) {
      const node = this.#options.store.view().get("node", nodeId);
      if (node === undefined) throw new RpcError("not-found", `node ${nodeId} not found`);
      if (isIssuanceSettled(node)) {
        return { status: node.certificate.status, certificate: node.certificate };
      }
      await this.#changeOf(nodeId, signal);
    }
  }

  #changeOf(nodeId: string, signal: AbortSignal): Promise<void> {
    if (!this.#isLeading) throw leadsNoMore();
    if (this.#waiterCount >= waitersMax) {
      throw new RpcError("resource-exhausted", "too many nodes wait for a certificate; try again");
    }
    this.#waiterCount += 1;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(new RpcError("aborted", "the caller went away"));
    const waiter = { resolve, reject };
    const waiters = this.#waiters.get(nodeId) ?? new Set();
    this.#waiters.set(nodeId, waiters.add(waiter));
    signal.addEventListener("abort", abort, { once: true });
    return promise.finally(() => {
      this.#waiterCount -= 1;
      signal.removeEventListener("abort", abort);
      waiters.delete(waiter);
      if (waiters.size === 0) this.#waiters.delete(nodeId);
    });
  }

  #sign(node: Node): void {
    const { store, log } = this.#options;
    const outcome = this.#tryIssue(node);
    const status = outcome.ok
      ? ({ state: "ISSUED", err: "" } as const)
      : ({ state: "FAILED", err: outcome.message } as const);
    if (!outcome.ok) log.warn("refused a certificate", { node: node.id, reason: outcome.message });
    store.batch((batch) => {
      batch.update((transaction) => {
        const current = transaction.get("node", node.id);
        // A newer request replaced this one: that is the one to sign.
        if (current === undefined || current.certificate.csr !== node.certificate.csr) return;
        if (!isAwaitingSignature(current)) return;
        const certificate = outcome.ok ? outcome.value : new Uint8Array();
        transaction.update("node", {
          ...current,
          certificate: { ...current.certificate, status, certificate },
        });
      });
    });
  }

  /** A request that cannot be signed must not end the manager, and end it again at each start. */
  #tryIssue(node: Node): Outcome<Uint8Array> {
    try {
      return this.#issue(node);
    } catch (error) {
      this.#options.log.error("signing a certificate failed", { node: node.id, error });
      return refuse("internal", "the manager could not sign; its log has the reason");
    }
  }

  #issue(node: Node): Outcome<Uint8Array> {
    const cluster = this.#cluster();
    const publicKey = readCertificateRequest(Buffer.from(node.certificate.csr).toString("utf8"));
    if (publicKey === undefined)
      return refuse("invalid-argument", "the request is not a valid CSR");
    const { caCert, caKey } = cluster.rootCa;
    const validity = cluster.spec.caConfig.nodeCertExpiry;
    const validityMs = validity === undefined ? 0 : fromDuration(validity);
    const pem = issueLeaf({
      authority: {
        certificatePem: Buffer.from(caCert).toString("utf8"),
        key: createPrivateKey(Buffer.from(caKey)),
      },
      publicKey,
      subject: {
        nodeId: node.id,
        role: toCertificateRole(node.certificate.role),
        organization: cluster.id,
      },
      nowMs: this.#options.wallNow(),
      // A value below the minimum falls back to the default, as in SwarmKit's signing policy.
      validityMs: validityMs >= validityMsMin ? validityMs : defaultValidityMs,
    });
    return succeed(Buffer.from(pem));
  }
}

function leadsNoMore(): RpcError {
  return new RpcError("not-leader", "this manager leads no more");
}

function isEqualSecret(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}
