import { getCodec } from "@swarmkit/proto";
import { MemoryStore } from "../../core/store/memory-store.ts";
import type { ReadView } from "../../core/store/types.ts";
import type { LogKeys } from "./log-keys.ts";
import { decodeRaftEntry, encodeAction } from "./raft-entry.ts";
import { planRecovery } from "./recovery.ts";
import { splitSnapshotData } from "./snapshot-data.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import type { WalFiles } from "./wal-files.ts";
import { replayWal } from "./wal-replay.ts";

/**
 * The store as a log and its snapshots say it is, without a member to run it: what is committed as far as
 * this log knows. Changes nothing on the disk. Fails as opening the log does.
 */
export async function readStoredState(options: {
  readonly files: WalFiles;
  readonly directories: { readonly wal: string; readonly snapshots: string };
  readonly keys: LogKeys;
  readonly segmentBytes: number;
}): Promise<ReadView> {
  const { directories, files, keys, segmentBytes } = options;
  const { snapshot } = await new SnapshotFiles(files, directories.snapshots, keys).load();
  const start = snapshot?.metadata ?? { index: 0, term: 0 };
  const directory = directories.wal;
  const replay = await replayWal({ files, directory, snapshot: start, keys, segmentBytes });
  const { raftId } = getCodec("RaftMember").decode(replay.metadata);
  const store = new MemoryStore({ encodeAction });
  if (snapshot !== undefined) {
    const { store: encoded } = splitSnapshotData(snapshot.data, "the raft snapshot");
    store.restore(getCodec("StoreSnapshot").decode(encoded), start.index);
  }
  const { kept } = planRecovery({ ...replay, raftId, snapshot });
  for (const { data, index, type } of kept) {
    if (type !== "normal" || data.length === 0) continue;
    store.apply({ index, actions: decodeRaftEntry(data).action });
  }
  return store.view();
}
