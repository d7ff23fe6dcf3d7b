import { services } from "@swarmkit/proto";
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import { RpcClient } from "../grpc/client.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import type { NodeIdentity } from "../tls/node-identity.ts";
import { callTimeoutMs } from "./request-certificate.ts";

/** What the swarm's managers encrypt their keys with, for a node that has just become one of them. */
export async function fetchUnlockKey(address: string, identity: NodeIdentity): Promise<UnlockKey> {
  const { rootPem } = identity;
  const client = new RpcClient(address, {
    kind: "swarm",
    serverName: "swarm-ca",
    rootPem,
    identity,
  });
  try {
    const timeoutMs = callTimeoutMs;
    const { unlockKey, version } = await client.call(services.CA.GetUnlockKey, {}, { timeoutMs });
    const key = unlockKey.length === 0 ? undefined : unlockKey;
    return { key, version: version?.index ?? 0 };
  } catch (error) {
    // Managers from before there were unlock keys do not know the call, as in SwarmKit.
    const isUnknown = error instanceof RpcError && error.code === "unimplemented";
    if (!isUnknown) throw error;
    return { key: undefined, version: 0 };
  } finally {
    client.close();
  }
}
