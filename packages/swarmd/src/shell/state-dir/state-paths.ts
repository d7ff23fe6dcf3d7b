import { join } from "node:path";

/** Where a node keeps what: SwarmKit's layout, so that its programs can take a directory over and back. */
export interface StatePaths {
  readonly root: string;
  /** The managers that are known: a JSON array. */
  readonly stateFile: string;
  readonly certificates: string;
  readonly rootCertificate: string;
  readonly nodeCertificate: string;
  /** The private key, with the data encryption key in its headers. */
  readonly nodeKey: string;
  readonly raft: string;
  readonly wal: string;
  readonly snapshots: string;
  /** The agent's own records. */
  readonly worker: string;
}

/** The paths below `root`. */
export function statePaths(root: string): StatePaths {
  const certificates = join(root, "certificates");
  const raft = join(root, "raft");
  return {
    root,
    stateFile: join(root, "state.json"),
    certificates,
    rootCertificate: join(certificates, "swarm-root-ca.crt"),
    nodeCertificate: join(certificates, "swarm-node.crt"),
    nodeKey: join(certificates, "swarm-node.key"),
    raft,
    wal: join(raft, "wal-v3-encrypted"),
    snapshots: join(raft, "snap-v3-encrypted"),
    worker: join(root, "worker"),
  };
}
