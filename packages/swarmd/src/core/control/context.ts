import type { Node, Service, Task } from "@swarmkit/proto/types";
import type { IdSource } from "../lib/ids.ts";
import type { Millis } from "../lib/time.ts";
import type { ClusterMember } from "../model/cluster-member.ts";

export type { ClusterMember };

/** A source of secrets: so many bytes that nobody can guess. */
export type RandomBytes = (length: number) => Uint8Array;

/** What the Control API needs beside the store. */
export interface ControlContext {
  readonly now: Millis;
  readonly ids: IdSource;
  readonly randomBytes: RandomBytes;
  readonly members: readonly ClusterMember[];
  /** When a PEM certificate ends to be valid; undefined when it cannot be read. */
  readonly findCertificateExpiry: (certificatePem: Uint8Array) => Millis | undefined;
  /** The orchestrators' rule for when a task is not what its service asks for any more. */
  readonly isTaskDirty: (service: Service, task: Task, node: Node | undefined) => boolean;
}
