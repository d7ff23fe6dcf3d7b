// Decisions of the certificate authority: who gets a certificate, with which role. The shell signs.
import type {
  Cluster,
  IssueNodeCertificateRequest,
  IssueNodeCertificateResponse,
  Node,
  NodeRole,
  NodeSpecAvailability,
} from "@swarmkit/proto/types";
import type { IdSource } from "../lib/ids.ts";
import type { Outcome } from "../lib/outcome.ts";
import { createNode } from "../model/new-node.ts";
import type { ReadView, WriteTransaction } from "../store/types.ts";
import type { Caller, CertificateRole } from "./authorize.ts";

/** Tries to find an id that no node has. */
const idTriesMax = 3;

/** Compares secrets without telling by the time it takes where they differ. */
export type SecretComparison = (left: string, right: string) => boolean;

export interface IssueContext {
  readonly caller: Caller;
  readonly ids: IdSource;
  readonly isEqualSecret: SecretComparison;
}

/** The organizational unit of a role's certificates. */
export function toCertificateRole(role: NodeRole): CertificateRole {
  return role === "MANAGER" ? "swarm-manager" : "swarm-worker";
}

/** The swarm's one cluster object. */
export function findCluster(view: ReadView): Cluster | undefined {
  return view.find("cluster", { by: "name", name: "default" })[0];
}

/**
 * Registers a request for a certificate: of a known node that renews, or of a new one with a token.
 * The node object is left with an issuance to be signed.
 */
export function requestCertificate(
  request: IssueNodeCertificateRequest,
  transaction: WriteTransaction,
  context: IssueContext,
): Outcome<IssueNodeCertificateResponse> {
  if (request.csr.length === 0) {
    return { ok: false, code: "invalid-argument", message: "the certificate request is empty" };
  }
  const { caller } = context;
  return caller.nodeId === ""
    ? admit(request, transaction, context)
    : renew(caller.nodeId, request.csr, transaction);
}

/** Nodes whose requested certificate waits for a signature. */
export function isAwaitingSignature(node: Node): boolean {
  const { state } = node.certificate.status;
  return state === "PENDING" || state === "RENEW";
}

/** True when a waiting client must be answered: what it waits for will not change by itself. */
export function isIssuanceSettled(node: Node): boolean {
  const { state } = node.certificate.status;
  return state === "ISSUED" || state === "FAILED" || state === "ROTATE";
}

/** The new certificate's role is the node's as it stands: this is how promotions reach their nodes. */
function renew(
  nodeId: string,
  csr: Uint8Array,
  transaction: WriteTransaction,
): Outcome<IssueNodeCertificateResponse> {
  const node = transaction.get("node", nodeId);
  if (node === undefined) {
    const message = `node ${nodeId} not found when attempting to renew certificate`;
    return { ok: false, code: "not-found", message };
  }
  const certificate = pendingCertificate(nodeId, node.role, csr, "RENEW");
  return written(transaction.update("node", { ...node, certificate }), node);
}

function admit(
  request: IssueNodeCertificateRequest,
  transaction: WriteTransaction,
  context: IssueContext,
): Outcome<IssueNodeCertificateResponse> {
  const cluster = findCluster(transaction);
  if (cluster === undefined) {
    return { ok: false, code: "aborted", message: "CA signer is still starting" };
  }
  const role = roleOfToken(request.token, cluster, context.isEqualSecret);
  if (role === undefined) {
    const message = "A valid join token is necessary to join this cluster";
    return { ok: false, code: "invalid-argument", message };
  }
  // SwarmKit ignores the request's role. A node of ours sets it when it was told to be a manager.
  if (request.role === "MANAGER" && role !== "MANAGER") {
    const message = "--manager, but the join token is the workers'; use the managers' token";
    return { ok: false, code: "invalid-argument", message };
  }
  const id = freshId(transaction, context.ids);
  const node = newNode({ id, role, request, availability: request.availability, cluster });
  return written(transaction.create("node", node), node);
}

/** The manager's token is tried first, and each is compared whole. */
function roleOfToken(
  token: string,
  cluster: Cluster,
  isEqualSecret: SecretComparison,
): NodeRole | undefined {
  const { manager, worker } = cluster.rootCa.joinTokens;
  if (token === "") return undefined;
  if (isEqualSecret(token, manager)) return "MANAGER";
  return isEqualSecret(token, worker) ? "WORKER" : undefined;
}

function freshId(view: ReadView, ids: IdSource): string {
  let id = ids();
  for (let tries = 1; tries < idTriesMax && view.get("node", id) !== undefined; tries += 1) {
    id = ids();
  }
  return id;
}

function newNode(options: {
  readonly id: string;
  readonly role: NodeRole;
  readonly request: IssueNodeCertificateRequest;
  readonly availability: NodeSpecAvailability;
  readonly cluster: Cluster;
}): Node {
  const { id, role, request, availability, cluster } = options;
  return {
    ...createNode({ id, desiredRole: role, availability }),
    role,
    certificate: pendingCertificate(id, role, request.csr, "PENDING"),
    VXLANUDPPort: cluster.VXLANUDPPort,
  };
}

function pendingCertificate(
  nodeId: string,
  role: NodeRole,
  csr: Uint8Array,
  state: "PENDING" | "RENEW",
): Node["certificate"] {
  return { role, csr, status: { state, err: "" }, certificate: new Uint8Array(), cn: nodeId };
}

function written(
  result: ReturnType<WriteTransaction["update"]>,
  node: Node,
): Outcome<IssueNodeCertificateResponse> {
  if (!result.ok) return { ok: false, code: "aborted", message: result.message };
  const { membership } = node.spec;
  return { ok: true, value: { nodeId: node.id, nodeMembership: membership } };
}
