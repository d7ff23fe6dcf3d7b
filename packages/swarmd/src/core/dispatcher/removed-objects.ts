// What stands for an object in its removal: the id, and nothing else.
import type { Config, Secret, Task } from "@swarmkit/proto/types";
import { emptyAnnotations, emptyMeta } from "../model/empty.ts";

export function removedTask(id: string): Task {
  return {
    id,
    meta: emptyMeta,
    spec: { networks: [], forceUpdate: 0, resourceReferences: [] },
    serviceId: "",
    slot: 0,
    nodeId: "",
    annotations: emptyAnnotations,
    serviceAnnotations: emptyAnnotations,
    status: { state: "NEW", message: "", err: "", appliedBy: "" },
    desiredState: "NEW",
    networks: [],
    assignedGenericResources: [],
    volumes: [],
  };
}

export function removedSecret(id: string): Secret {
  const spec = { annotations: emptyAnnotations, data: new Uint8Array() };
  return { id, meta: emptyMeta, spec, internal: false };
}

export function removedConfig(id: string): Config {
  return { id, meta: emptyMeta, spec: { annotations: emptyAnnotations, data: new Uint8Array() } };
}
