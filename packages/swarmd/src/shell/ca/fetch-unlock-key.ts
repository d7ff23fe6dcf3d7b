import { services } from "@swarmkit/proto";
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import type { NodeIdentity } from "../tls/node-identity.ts";
import { openClient, type RenewalTarget } from "./renew.ts";
import { callTimeoutMs } from "./request-certificate.ts";

/** What the swarm's managers encrypt their keys with, for a node that has just become one of them. */
export async function fetchUnlockKey(
  target: RenewalTarget,
  identity: NodeIdentity,
): Promise<UnlockKey> {
  const { client } = openClient(target, identity);
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
