import { isDeepStrictEqual } from "node:util";
import { getCodec } from "@swarmkit/proto";
import type { Cluster, ClusterSpec, Driver, Duration } from "@swarmkit/proto/types";
import { parseChoice } from "../../args/choice.ts";
import { parseDuration } from "../../args/duration.ts";
import { parseKeyValues } from "../../args/key-values.ts";
import { parseName } from "../../args/text.ts";
import { parseWholeNumber } from "../../args/whole-number.ts";
import {
  type AnyCommand,
  defineCommand,
  type FlagRecords,
  type FlagValues,
} from "../../define-command.ts";
import { CliError, usageError } from "../../errors.ts";
import { formatManagerLock } from "../../format/unlock-key.ts";
import { findCluster } from "../find-object.ts";

interface SpecFlags {
  readonly autolock: boolean;
  readonly certexpiry: Duration;
  readonly heartbeatperiod: Duration;
  readonly keepOldSnapshots: number;
  readonly logDriver: string;
  readonly logEntriesForSlowFollowers: number;
  readonly logOpt: Readonly<Record<string, string>>;
  readonly snapshotInterval: number;
  readonly taskhistory: number;
}

interface Flags extends SpecFlags {
  readonly rotateJoinToken: "worker" | "manager";
  readonly rotateUnlockKey: boolean;
}

const count = { kind: "value", placeholder: "count", parse: parseWholeNumber } as const;
const duration = { kind: "value", placeholder: "duration", parse: parseDuration } as const;

const specFlags: FlagRecords<SpecFlags> = {
  autolock: { kind: "switch", summary: "managers need an unlock key to start again" },
  certexpiry: { ...duration, summary: "how long node certificates are valid, at least 1h" },
  heartbeatperiod: { ...duration, summary: "time between two signs of life of a node" },
  keepOldSnapshots: { ...count, summary: "snapshots of the log kept besides the newest" },
  logDriver: {
    kind: "value",
    placeholder: "driver",
    summary: "log driver of tasks whose service names none",
    parse: parseName,
  },
  logEntriesForSlowFollowers: {
    ...count,
    summary: "entries kept behind a snapshot for managers that are a little late",
  },
  logOpt: {
    kind: "list",
    placeholder: "key=value",
    summary: "options of the log driver",
    parse: parseKeyValues,
  },
  snapshotInterval: { ...count, summary: "entries between two snapshots of the log (0 = none)" },
  taskhistory: { ...count, summary: "past tasks kept of each replica" },
};

export const clusterUpdate: AnyCommand = defineCommand<Flags>({
  summary: "Change what the flags say about the cluster",
  argument: { name: "cluster", completes: "cluster" },
  flags: {
    ...specFlags,
    rotateJoinToken: {
      kind: "value",
      placeholder: "role",
      summary: "replace the token that workers or managers join with",
      choices: ["worker", "manager"],
      parse: parseChoice({ worker: "worker", manager: "manager" }),
    },
    rotateUnlockKey: { kind: "switch", summary: "replace the managers' unlock key" },
  },
  async run(context, { names: [wanted], flags }) {
    const cluster = await findCluster(context, wanted);
    const spec = applyFlags(cluster.spec, flags);
    const rotation = {
      workerJoinToken: flags.rotateJoinToken === "worker",
      managerJoinToken: flags.rotateJoinToken === "manager",
      managerUnlockKey: flags.rotateUnlockKey === true,
    };
    const { autoLockManagers } = spec.encryptionConfig;
    if (rotation.managerUnlockKey && !autoLockManagers) throw notLocked();
    const isRotation = Object.values(rotation).includes(true);
    if (!isRotation && isSame(spec, cluster.spec)) throw noChanges(cluster);
    const response = await context.client.call("UpdateCluster", {
      clusterId: cluster.id,
      clusterVersion: cluster.meta.version,
      spec,
      rotation,
    });
    context.write(`${response.cluster?.id ?? cluster.id}\n`);
    const isLocking = autoLockManagers && !cluster.spec.encryptionConfig.autoLockManagers;
    if (!isLocking && !rotation.managerUnlockKey) return;
    const { unlockKey } = await context.client.call("GetUnlockKey", {});
    context.write(formatManagerLock(unlockKey));
  },
});

function applyFlags(spec: ClusterSpec, flags: FlagValues<Flags>): ClusterSpec {
  const { caConfig, dispatcher, encryptionConfig, orchestration, raft, taskDefaults } = spec;
  return {
    ...spec,
    caConfig: { ...caConfig, nodeCertExpiry: flags.certexpiry ?? caConfig.nodeCertExpiry },
    dispatcher: {
      ...dispatcher,
      heartbeatPeriod: flags.heartbeatperiod ?? dispatcher.heartbeatPeriod,
    },
    encryptionConfig: {
      ...encryptionConfig,
      autoLockManagers: flags.autolock ?? encryptionConfig.autoLockManagers,
    },
    orchestration: {
      ...orchestration,
      taskHistoryRetentionLimit: flags.taskhistory ?? orchestration.taskHistoryRetentionLimit,
    },
    raft: {
      ...raft,
      snapshotInterval: flags.snapshotInterval ?? raft.snapshotInterval,
      keepOldSnapshots: flags.keepOldSnapshots ?? raft.keepOldSnapshots,
      logEntriesForSlowFollowers:
        flags.logEntriesForSlowFollowers ?? raft.logEntriesForSlowFollowers,
    },
    taskDefaults: { ...taskDefaults, logDriver: applyLogFlags(taskDefaults.logDriver, flags) },
  };
}

function applyLogFlags(driver: Driver | undefined, flags: FlagValues<Flags>): Driver | undefined {
  const { logDriver: name, logOpt: options } = flags;
  if (name !== undefined) return { name, options: options ?? {} };
  if (options === undefined) return driver;
  if (driver === undefined) {
    const why = "the cluster has no default log driver for it";
    throw usageError("--log-opt has nothing to set", why, "name one with --log-driver");
  }
  return { ...driver, options };
}

function isSame(left: ClusterSpec, right: ClusterSpec): boolean {
  const codec = getCodec("ClusterSpec");
  return isDeepStrictEqual(codec.create(left), codec.create(right));
}

function notLocked(): CliError {
  return new CliError("failed", {
    what: "there is no unlock key to rotate",
    why: "the managers are not locked",
    remedy: "give --autolock, which makes one",
  });
}

function noChanges({ spec }: Cluster): CliError {
  return new CliError("failed", {
    what: "no changes detected",
    why: `cluster ${spec.annotations.name} is that way already`,
    remedy: "'swarmctl cluster inspect' shows how it is",
  });
}
