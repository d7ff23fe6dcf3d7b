import type { Node, NodeRole, NodeSpecAvailability } from "@swarmkit/proto/types";
import { emptyAnnotations, emptyMeta } from "./empty.ts";

/** A node that the swarm has just heard of: accepted, with nothing known about it yet. */
export function createNode(options: {
  readonly id: string;
  readonly desiredRole: NodeRole;
  readonly availability: NodeSpecAvailability;
}): Node {
  const { id, desiredRole, availability } = options;
  return {
    id,
    meta: emptyMeta,
    spec: { annotations: emptyAnnotations, desiredRole, membership: "ACCEPTED", availability },
    description: undefined,
    status: { state: "UNKNOWN", message: "", addr: "" },
    managerStatus: undefined,
    attachment: undefined,
    certificate: {
      role: desiredRole,
      csr: new Uint8Array(),
      status: { state: "UNKNOWN", err: "" },
      certificate: new Uint8Array(),
      cn: id,
    },
    role: "WORKER",
    attachments: [],
    VXLANUDPPort: 0,
  };
}
