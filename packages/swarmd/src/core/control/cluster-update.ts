import type {
  CAConfig,
  ClusterSpec,
  UpdateClusterRequest,
  UpdateClusterResponse,
} from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { type Outcome, type Refusal, refuse } from "../lib/outcome.ts";
import { fromDuration, type Millis } from "../lib/time.ts";
import type { WriteTransaction } from "../store/types.ts";
import { pruneBlacklist } from "./blacklist.ts";
import { redactCluster } from "./clusters.ts";
import type { ControlContext } from "./context.ts";
import { isValidDuration } from "./durations.ts";
import { nextJoinTokens } from "./join-tokens.ts";
import { invalidArgument, notBuilt, notFound, toOutcome } from "./refusals.ts";
import { nextUnlockKeys } from "./unlock-key.ts";

/** Certificates must outlive the renewals' back-off. */
const certificateExpiryMsMin: Millis = 3_600_000;

/**
 * Replaces the cluster's spec, and its join tokens and unlock key on demand. New root certificates are not
 * built yet, and a request for one changes nothing at all.
 */
export function updateCluster(
  { clusterId, clusterVersion, spec, rotation }: UpdateClusterRequest,
  tx: WriteTransaction,
  { now, randomBytes }: ControlContext,
): Outcome<UpdateClusterResponse> {
  if (clusterId === "" || clusterVersion === undefined || spec === undefined) {
    return invalidArgument;
  }
  const refusal = checkClusterSpec(spec);
  if (refusal !== undefined) return refusal;
  const cluster = tx.get("cluster", clusterId);
  if (cluster === undefined) return notFound("cluster", clusterId);
  const unbuilt = checkCaConfig(cluster.spec.caConfig, spec.caConfig);
  if (unbuilt !== undefined) return unbuilt;
  const updated = tx.update("cluster", {
    ...cluster,
    meta: { ...cluster.meta, version: clusterVersion },
    spec,
    rootCa: {
      ...cluster.rootCa,
      joinTokens: nextJoinTokens(cluster.rootCa.joinTokens, rotation, randomBytes),
    },
    unlockKeys: nextUnlockKeys(cluster, { spec, rotation }, randomBytes),
    blacklistedCertificates: pruneBlacklist(cluster.blacklistedCertificates, now),
  });
  return toOutcome(updated, () => {
    const stored = tx.get("cluster", clusterId);
    return { cluster: stored && redactCluster(stored) };
  });
}

function checkClusterSpec(spec: ClusterSpec): Refusal | undefined {
  return (
    checkCertificateExpiry(spec) ??
    checkAcceptancePolicy(spec) ??
    checkHeartbeatPeriod(spec) ??
    checkClusterName(spec)
  );
}

function checkCertificateExpiry({ caConfig }: ClusterSpec): Refusal | undefined {
  const { nodeCertExpiry } = caConfig;
  if (nodeCertExpiry === undefined) return undefined;
  if (!isValidDuration(nodeCertExpiry)) return invalidArgument;
  if (fromDuration(nodeCertExpiry) >= certificateExpiryMsMin) return undefined;
  return refuse("invalid-argument", "minimum certificate expiry time is: 1h0m0s");
}

function checkAcceptancePolicy({ acceptancePolicy }: ClusterSpec): Refusal | undefined {
  for (const { secret } of acceptancePolicy.policies) {
    if (secret === undefined || secret.alg.toLowerCase() === "bcrypt") continue;
    return refuse("invalid-argument", `hashing algorithm is not supported: ${secret.alg}`);
  }
  return undefined;
}

function checkHeartbeatPeriod({ dispatcher }: ClusterSpec): Refusal | undefined {
  const { heartbeatPeriod } = dispatcher;
  if (heartbeatPeriod === undefined) return undefined;
  if (!isValidDuration(heartbeatPeriod)) return invalidArgument;
  if (fromDuration(heartbeatPeriod) >= 0) return undefined;
  return refuse("invalid-argument", "heartbeat time period cannot be a negative duration");
}

function checkClusterName({ annotations }: ClusterSpec): Refusal | undefined {
  if (annotations.name === "default") return undefined;
  return refuse("invalid-argument", "modification of cluster name is not allowed");
}

/** Clients send back what they were shown, so an empty signing certificate means no change. */
function checkCaConfig(old: CAConfig, config: CAConfig): Refusal | undefined {
  const isRotation =
    config.forceRotate !== old.forceRotate ||
    config.signingCaCert.length > 0 ||
    config.signingCaKey.length > 0;
  if (isRotation) {
    return notBuilt("rotating the root certificate is", "leave the CA's settings as they are");
  }
  if (isEqual(config.externalCas, old.externalCas)) return undefined;
  return notBuilt("external CAs are", "leave the CA's settings as they are");
}
