import type {
  CAConfig,
  Cluster,
  GetClusterRequest,
  GetClusterResponse,
  ListClustersRequest,
  ListClustersResponse,
  RootCA,
} from "@swarmkit/proto/types";
import { type Outcome, succeed } from "../lib/outcome.ts";
import type { ReadView } from "../store/types.ts";
import { invalidArgument, notFound } from "./refusals.ts";
import { selectAll, type Traits } from "./select.ts";

/** What networking uses where the cluster names nothing else; shown to users only. */
const defaultAddressPool = ["10.0.0.0/8"];
const defaultSubnetSize = 24;
const defaultVxlanUdpPort = 4789;

const traits: Traits<"cluster"> = {
  table: "cluster",
  name: ({ spec }) => spec.annotations.name,
  labels: ({ spec }) => spec.annotations.labels,
};

export function getCluster(
  { clusterId }: GetClusterRequest,
  view: ReadView,
): Outcome<GetClusterResponse> {
  if (clusterId === "") return invalidArgument;
  const cluster = view.get("cluster", clusterId);
  if (cluster === undefined) return notFound("cluster", clusterId);
  return succeed({ cluster: redactCluster(cluster) });
}

export function listClusters(
  { filters }: ListClustersRequest,
  view: ReadView,
): Outcome<ListClustersResponse> {
  return succeed({ clusters: selectAll(view, traits, filters).map(redactCluster) });
}

/**
 * The cluster as clients may see it. Every field is named here on purpose: one that is added to the
 * message later stays hidden, unknown ones too. Keys, unlock keys and their clock are left out; join
 * tokens are not, as that is how users get them.
 */
export function redactCluster(cluster: Cluster): Cluster {
  const hasPool = cluster.defaultAddressPool.length > 0;
  return {
    id: cluster.id,
    meta: cluster.meta,
    spec: { ...cluster.spec, caConfig: redactCaConfig(cluster.spec.caConfig) },
    rootCa: redactRootCa(cluster.rootCa),
    networkBootstrapKeys: [],
    encryptionKeyLamportClock: "0",
    blacklistedCertificates: cluster.blacklistedCertificates,
    unlockKeys: [],
    fips: false,
    defaultAddressPool: hasPool ? cluster.defaultAddressPool : defaultAddressPool,
    subnetSize: hasPool ? cluster.subnetSize : defaultSubnetSize,
    VXLANUDPPort: cluster.VXLANUDPPort === 0 ? defaultVxlanUdpPort : cluster.VXLANUDPPort,
  };
}

function redactCaConfig(config: CAConfig): CAConfig {
  return {
    nodeCertExpiry: config.nodeCertExpiry,
    externalCas: config.externalCas,
    signingCaCert: new Uint8Array(),
    signingCaKey: new Uint8Array(),
    forceRotate: config.forceRotate,
  };
}

function redactRootCa(rootCa: RootCA): RootCA {
  const { rootRotation } = rootCa;
  return {
    caKey: new Uint8Array(),
    caCert: rootCa.caCert,
    caCertHash: rootCa.caCertHash,
    joinTokens: rootCa.joinTokens,
    rootRotation: rootRotation && {
      caKey: new Uint8Array(),
      caCert: rootRotation.caCert,
      crossSignedCaCert: rootRotation.crossSignedCaCert,
    },
    lastForcedRotation: rootCa.lastForcedRotation,
  };
}
