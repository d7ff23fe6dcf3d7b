import type { ReplicaHost } from "../../core/replica/replica-host.ts";

/** What the driver drives: the replica's host, and who answers for the files. */
export interface RaftHost extends ReplicaHost {
  /** Captures the store as it is now; what is returned encodes it as a StoreSnapshot, later. */
  takeSnapshot(): () => Uint8Array | Promise<Uint8Array>;
  /** The log can no longer be kept; the process has to end. Comes after leadershipChanged(false). */
  fatal(error: Error): void;
}
