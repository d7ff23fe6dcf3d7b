import type { Node, RaftMemberStatusReachability, Service, Task } from "@swarmkit/proto/types";
import type { IdSource } from "../lib/ids.ts";
import type { Millis } from "../lib/time.ts";

/** One member of the Raft group, as this manager sees it. */
export interface ClusterMember {
  /** Decimal, as Raft ids fill 63 bits. */
  readonly raftId: string;
  readonly nodeId: string;
  readonly addr: string;
  readonly isLeader: boolean;
  readonly reachability: RaftMemberStatusReachability;
}

/** What the Control API needs beside the store. */
export interface ControlContext {
  readonly now: Millis;
  readonly ids: IdSource;
  readonly members: readonly ClusterMember[];
  /** When a PEM certificate ends to be valid; undefined when it cannot be read. */
  readonly findCertificateExpiry: (certificatePem: Uint8Array) => Millis | undefined;
  /** The orchestrators' rule for when a task is not what its service asks for any more. */
  readonly isTaskDirty: (service: Service, task: Task, node: Node | undefined) => boolean;
}
