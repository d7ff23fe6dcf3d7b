import type { ObjectCount, SnapshotInfo } from "@swarmkit/proto/types";
import { detail, formatDetails } from "./details.ts";
import { formatBytes } from "./quantity.ts";
import { formatTimestamp } from "./time.ts";

/** A backup that was saved to a file. */
export interface SavedBackup extends SnapshotInfo {
  readonly path: string;
  readonly bytes: number;
}

/** What there is to know about it. */
export function formatBackup(backup: SavedBackup): string {
  const { bytes, clusterId, counts, createdAt, index, locked, path } = backup;
  return formatDetails([
    ...detail(0, "File", path),
    ...detail(0, "Size", formatBytes(bytes)),
    ...detail(0, "Cluster", clusterId),
    ...detail(0, "Created", formatTimestamp(createdAt)),
    ...detail(0, "Log entry", String(index)),
    ...detail(
      0,
      "Objects",
      counts
        .filter(({ count }) => count > 0)
        .map(formatCount)
        .join(", "),
    ),
    ...detail(0, "Readable by", locked ? lockedReaders : openReaders),
  ]);
}

const lockedReaders = "who has the unlock key of this moment: keep that too";
const openReaders = "everybody who gets hold of it, with all keys and secrets: keep it safe";

function formatCount({ count, kind }: ObjectCount): string {
  return `${count} ${count === 1 ? kind : `${kind}s`}`;
}
