import type {
  Cluster,
  EncryptionKey,
  Node,
  Peer,
  SessionMessage,
  WeightedPeer,
} from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { fromDuration, type Millis } from "../lib/time.ts";
import { heartbeatPeriodMsDefault, managerWeight } from "./limits.ts";

/**
 * What every session message tells besides the node itself: the managers, the network keys, the trust
 * root. Every message carries all of it, as agents take an absent section for an empty one.
 */
export class ClusterFacts {
  #managers: readonly WeightedPeer[] = [];
  #networkKeys: readonly EncryptionKey[] = [];
  #rootCaPem: Uint8Array = new Uint8Array();
  #heartbeatPeriodMs: Millis = heartbeatPeriodMsDefault;

  get heartbeatPeriodMs(): Millis {
    return this.#heartbeatPeriodMs;
  }

  /** True when agents are to be told. */
  setManagers(peers: readonly Peer[]): boolean {
    const managers = peers.map((peer) => ({ peer, weight: managerWeight }));
    if (isEqual(managers, this.#managers)) return false;
    this.#managers = managers;
    return true;
  }

  /** Takes over the cluster object. True when agents are to be told of a part of it. */
  setCluster(cluster: Cluster): boolean {
    this.#heartbeatPeriodMs = heartbeatPeriodOf(cluster);
    const { networkBootstrapKeys, rootCa } = cluster;
    const isSame =
      isEqual(networkBootstrapKeys, this.#networkKeys) && isEqual(rootCa.caCert, this.#rootCaPem);
    this.#networkKeys = networkBootstrapKeys;
    this.#rootCaPem = rootCa.caCert;
    return !isSame;
  }

  toMessage(sessionId: string, node: Node): SessionMessage {
    return {
      sessionId,
      node,
      managers: this.#managers,
      networkBootstrapKeys: this.#networkKeys,
      RootCA: this.#rootCaPem,
    };
  }
}

/** A period of zero or less would have agents beat without pause: it counts as not given. */
function heartbeatPeriodOf(cluster: Cluster): Millis {
  const period = cluster.spec.dispatcher.heartbeatPeriod;
  const periodMs = period === undefined ? 0 : fromDuration(period);
  return periodMs > 0 ? periodMs : heartbeatPeriodMsDefault;
}
