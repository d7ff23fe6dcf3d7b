import { getCodec, type RaftMember } from "@swarmkit/proto";
import type { LogKeys } from "./log-keys.ts";
import { composeSnapshotData } from "./snapshot-data.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import { Wal } from "./wal.ts";
import type { WalFiles } from "./wal-files.ts";

/** What a restored log begins with. */
export interface RestoredLogOptions {
  readonly files: WalFiles;
  /** Neither may hold a log. */
  readonly directories: { readonly wal: string; readonly snapshots: string };
  readonly keys: LogKeys;
  readonly segmentBytes: number;
  /** The only member. */
  readonly member: Pick<RaftMember, "raftId" | "nodeId" | "addr">;
  readonly index: number;
  readonly term: number;
  /** An encoded StoreSnapshot. */
  readonly store: Uint8Array;
}

/** Makes the log of a group of one whose whole history is a snapshot. */
export async function createRestoredLog(options: RestoredLogOptions): Promise<void> {
  const { directories, files, index, keys, segmentBytes, store, term } = options;
  const member = getCodec("RaftMember").create(options.member);
  const snapshots = new SnapshotFiles(files, directories.snapshots, keys);
  await snapshots.prepare();
  const walOptions = { files, directory: directories.wal, keys, segmentBytes };
  const wal = await Wal.create(walOptions, getCodec("RaftMember").encode(member));
  try {
    const metadata = { index, term, confState: { voters: [member.raftId] } };
    wal.appendSnapshot(metadata);
    wal.append([], { term, vote: undefined, commit: index });
    await wal.flush({ sync: true });
    const membership = getCodec("ClusterSnapshot").encode({ members: [member], removed: [] });
    await snapshots.save({ metadata, data: composeSnapshotData({ membership, store }) });
  } finally {
    await wal.close();
  }
}
