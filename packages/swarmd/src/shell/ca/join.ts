// How a node gets into a swarm: it fetches the root certificate, proves it with its join token's
// digest, and has a certificate issued for a key that never leaves this machine.
import { createHash } from "node:crypto";
import { services } from "@swarmkit/proto";
import { formatRootDigest, type JoinToken, parseJoinToken } from "../../core/ca/join-token.ts";
import { SwarmdError } from "../errors.ts";
import { RpcClient } from "../grpc/client.ts";
import type { ServerIdentity } from "../grpc/remote-listener.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { callTimeoutMs, requestCertificate } from "./request-certificate.ts";

/** Asks the manager at `address` for a certificate. */
export async function joinSwarm(options: {
  readonly address: string;
  readonly token: string;
  /** Asks to be refused unless the token is the managers'. */
  readonly mustBeManager: boolean;
}): Promise<ServerIdentity> {
  const { address, token } = options;
  if (token === "") {
    const remedy = "give the token that `swarmctl cluster inspect default` shows on a manager";
    throw new SwarmdError("join-token-invalid", `--join-addr needs --join-token: ${remedy}`);
  }
  const parsed = parseJoinToken(token);
  if (parsed === undefined) {
    const remedy = "give the whole SWMTKN-1-... text that `swarmctl cluster inspect default` shows";
    throw new SwarmdError("join-token-invalid", `--join-token is not a join token: ${remedy}`);
  }
  if (parsed.isFips) {
    const message = "node is not FIPS-enabled but cluster requires FIPS";
    throw new SwarmdError("fips-required", message);
  }
  try {
    const rootPem = await fetchRoot(address, parsed);
    return await enter({ ...options, rootPem });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw joinError(error, address);
  }
}

async function fetchRoot(address: string, token: JoinToken): Promise<string> {
  const client = new RpcClient(address, { kind: "unverified" });
  try {
    const { CA } = services;
    const reply = await client.call(CA.GetRootCACertificate, {}, { timeoutMs: callTimeoutMs });
    const digest = formatRootDigest(createHash("sha256").update(reply.certificate).digest());
    if (digest !== token.digest) {
      const message = `the manager at ${address} has another root certificate than the join token names: the token belongs to another swarm, or somebody is in between; check --join-addr and --join-token`;
      throw new SwarmdError("root-mismatch", message);
    }
    return Buffer.from(reply.certificate).toString("utf8");
  } finally {
    client.close();
  }
}

async function enter(options: {
  readonly address: string;
  readonly token: string;
  readonly mustBeManager: boolean;
  readonly rootPem: string;
}): Promise<ServerIdentity> {
  const { address, token, mustBeManager, rootPem } = options;
  const role = mustBeManager ? "MANAGER" : "WORKER";
  const client = new RpcClient(address, { kind: "swarm", serverName: "swarm-ca", rootPem });
  try {
    const order = { client, address, token, role, availability: "ACTIVE" } as const;
    return { ...(await requestCertificate(order)), rootPem };
  } finally {
    client.close();
  }
}

/** What every manager, SwarmKit's too, says of a secret that is not its swarm's. */
const badToken = "A valid join token is necessary to join this cluster";

function joinError(error: RpcError, address: string): SwarmdError {
  let reason = error.message;
  if (error.code === "unavailable") {
    reason = `nothing answers there (${reason}): check --join-addr and that a manager is up`;
  } else if (reason === badToken) {
    reason += "; the swarm's tokens are shown by `swarmctl cluster inspect default`";
  }
  return new SwarmdError("join-failed", `cannot join the swarm at ${address}: ${reason}`, {
    cause: error,
  });
}
