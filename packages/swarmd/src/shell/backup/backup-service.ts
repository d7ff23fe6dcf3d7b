// Backups over gRPC: the leader streams what a backup file is made of, as fast as the caller reads.
import { createHash } from "node:crypto";
import type { Server } from "@grpc/grpc-js";
import type { SnapshotChunk, SnapshotInfo, StoreSnapshot } from "@swarmkit/proto/types";
import type { Outcome } from "../../core/lib/outcome.ts";
import { toTimestamp } from "../../core/lib/time.ts";
import { unlockKeyOf } from "../../core/model/unlock-key.ts";
import { schemas, tableNames } from "../../core/store/schema.ts";
import type { LeaderRoute } from "../grpc/leader-route.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type CallContext, type Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import { type BackupSource, writeBackup } from "./backup-writer.ts";

/** Backups under way at once: each keeps a whole state in memory, and shares the leader's time. */
export const backupsMax = 2;

/** A state of the store that holds all that was answered before it was asked for. */
export interface FreshState {
  readonly store: StoreSnapshot;
  /** The last log entry in it. */
  readonly index: number;
  /** The leader's. */
  readonly term: number;
}

export interface BackupServiceOptions {
  readonly gate: Gate;
  readonly log: Logger;
  readonly leader?: LeaderRoute | undefined;
  /** The state after a read barrier; refuses when this manager does not lead. */
  takeState(): Promise<Outcome<FreshState>>;
  /** The time of day, in milliseconds since 1970. */
  wallNow(): number;
}

export function addBackupService(server: Server, options: BackupServiceOptions): void {
  let count = 0;
  const save = async (
    context: CallContext,
    send: (chunk: SnapshotChunk) => void,
  ): Promise<void> => {
    if (count >= backupsMax) {
      const message = `${backupsMax} backups are under way already; try again when one is done`;
      throw new RpcError("resource-exhausted", message);
    }
    count += 1;
    try {
      await sendBackup(await takeSource(options), context, send);
    } finally {
      count -= 1;
    }
  };
  addService(
    server,
    "Backup",
    { SaveSnapshot: (_request, context, send) => save(context, send) },
    options,
  );
}

async function takeSource(options: BackupServiceOptions): Promise<BackupSource> {
  const state = await options.takeState();
  if (!state.ok) throw new RpcError(state.code, state.message);
  const [cluster] = state.value.store.clusters;
  if (cluster === undefined) throw new RpcError("unavailable", "the swarm is not founded yet");
  const unlockKey = unlockKeyOf(cluster).key;
  return { ...state.value, clusterId: cluster.id, createdAtMs: options.wallNow(), unlockKey };
}

async function sendBackup(
  source: BackupSource,
  { drained, signal }: CallContext,
  send: (chunk: SnapshotChunk) => void,
): Promise<void> {
  const hash = createHash("sha256");
  let bytes = 0;
  send({ info: describe(source) });
  for await (const data of writeBackup(source)) {
    hash.update(data);
    bytes += data.length;
    send({ data });
    await drained();
    if (signal.aborted) return;
  }
  send({ end: { bytes, sha256: hash.digest() } });
}

function describe(source: BackupSource): SnapshotInfo {
  const { clusterId, createdAtMs, index, store, unlockKey } = source;
  return {
    clusterId,
    index,
    createdAt: toTimestamp(createdAtMs),
    locked: unlockKey !== undefined,
    counts: tableNames.map((kind) => ({
      kind,
      count: countOf(store, schemas[kind].snapshotField),
    })),
  };
}

function countOf(store: StoreSnapshot, field: keyof StoreSnapshot): number {
  return store[field]?.length ?? 0;
}
