import type { Cluster, JoinTokens } from "@swarmkit/proto/types";
import { toDuration } from "../lib/time.ts";
import { emptyAnnotations, emptyMeta } from "./empty.ts";
import { toManagerKey } from "./unlock-key.ts";

/** Certificates live 90 days unless the cluster says otherwise. */
const nodeCertificateExpiryMs = 90 * 24 * 3_600_000;
const heartbeatPeriodMs = 5000;
const taskHistoryRetentionLimit = 5;
const snapshotInterval = 10_000;
const logEntriesForSlowFollowers = 500;

/** What a bootstrapping manager knows of the swarm it founds. */
export interface ClusterFounding {
  /** The organization of all its certificates. */
  readonly id: string;
  readonly rootCertificatePem: Uint8Array;
  readonly rootKeyPem: Uint8Array;
  /** `sha256:HEX` of the root certificate's PEM bytes. */
  readonly rootDigest: string;
  readonly joinTokens: JoinTokens;
  readonly heartbeatTicks: number;
  readonly electionTicks: number;
  /** Locks the swarm's managers from the start. */
  readonly unlockKey?: Uint8Array | undefined;
}

/** The cluster object with SwarmKit's defaults (swarmkit manager/manager.go). */
export function createCluster(founding: ClusterFounding): Cluster {
  return {
    id: founding.id,
    meta: emptyMeta,
    spec: {
      annotations: { ...emptyAnnotations, name: "default" },
      acceptancePolicy: { policies: [] },
      orchestration: { taskHistoryRetentionLimit },
      raft: {
        snapshotInterval,
        keepOldSnapshots: 0,
        logEntriesForSlowFollowers,
        heartbeatTick: founding.heartbeatTicks,
        electionTick: founding.electionTicks,
      },
      dispatcher: { heartbeatPeriod: toDuration(heartbeatPeriodMs) },
      caConfig: {
        nodeCertExpiry: toDuration(nodeCertificateExpiryMs),
        externalCas: [],
        signingCaCert: new Uint8Array(),
        signingCaKey: new Uint8Array(),
        forceRotate: 0,
      },
      taskDefaults: {},
      encryptionConfig: { autoLockManagers: founding.unlockKey !== undefined },
    },
    rootCa: {
      caKey: founding.rootKeyPem,
      caCert: founding.rootCertificatePem,
      caCertHash: founding.rootDigest,
      joinTokens: founding.joinTokens,
      rootRotation: undefined,
      lastForcedRotation: 0,
    },
    networkBootstrapKeys: [],
    encryptionKeyLamportClock: "0",
    blacklistedCertificates: {},
    unlockKeys: founding.unlockKey === undefined ? [] : [toManagerKey(founding.unlockKey)],
    fips: false,
    defaultAddressPool: [],
    subnetSize: 0,
    VXLANUDPPort: 0,
  };
}
