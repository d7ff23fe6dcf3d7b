// The Control API: every RPC of the service with what answers it. The shell finds the handler by the
// method's name, runs a read on the committed state and a write in a transaction, which it keeps
// only when the outcome is a success.
import type { MessageTypes } from "@swarmkit/proto/types";
import type { Outcome } from "../lib/outcome.ts";
import type { ReadView, WriteTransaction } from "../store/types.ts";
import { updateCluster } from "./cluster-update.ts";
import { getCluster, listClusters } from "./clusters.ts";
import type { ControlContext } from "./context.ts";
import { removeNode } from "./node-removal.ts";
import { getNode, listNodes, updateNode } from "./nodes.ts";
import {
  getConfig,
  getExtension,
  getNetwork,
  getResource,
  getSecret,
  getVolume,
  listConfigs,
  listNetworks,
  listResources,
  listSecrets,
  listVolumes,
} from "./other-objects.ts";
import { notBuilt } from "./refusals.ts";
import { listServiceStatuses } from "./service-statuses.ts";
import {
  createService,
  getService,
  listServices,
  removeService,
  updateService,
} from "./services.ts";
import { getTask, listTasks, removeTask } from "./tasks.ts";

/** Names of the RPCs. A test holds them against the wire's, both ways. */
export type ControlMethod =
  | "GetNode"
  | "ListNodes"
  | "UpdateNode"
  | "RemoveNode"
  | "GetTask"
  | "ListTasks"
  | "RemoveTask"
  | "GetService"
  | "ListServices"
  | "CreateService"
  | "UpdateService"
  | "RemoveService"
  | "ListServiceStatuses"
  | "GetNetwork"
  | "ListNetworks"
  | "CreateNetwork"
  | "RemoveNetwork"
  | "GetCluster"
  | "ListClusters"
  | "UpdateCluster"
  | "GetSecret"
  | "UpdateSecret"
  | "ListSecrets"
  | "CreateSecret"
  | "RemoveSecret"
  | "GetConfig"
  | "UpdateConfig"
  | "ListConfigs"
  | "CreateConfig"
  | "RemoveConfig"
  | "GetExtension"
  | "CreateExtension"
  | "RemoveExtension"
  | "GetResource"
  | "UpdateResource"
  | "ListResources"
  | "CreateResource"
  | "RemoveResource"
  | "CreateVolume"
  | "GetVolume"
  | "UpdateVolume"
  | "ListVolumes"
  | "RemoveVolume";

export type ControlRequest<M extends ControlMethod> = MessageTypes[`${M}Request`];
export type ControlResponse<M extends ControlMethod> = MessageTypes[`${M}Response`];

/** Answers one RPC. Requests are decoded messages, with every field that the wire can leave out. */
export type ControlHandler<M extends ControlMethod> =
  | {
      readonly kind: "read";
      readonly run: (
        request: ControlRequest<M>,
        view: ReadView,
        context: ControlContext,
      ) => Outcome<ControlResponse<M>>;
    }
  | {
      readonly kind: "write";
      readonly run: (
        request: ControlRequest<M>,
        tx: WriteTransaction,
        context: ControlContext,
      ) => Outcome<ControlResponse<M>>;
    }
  | {
      readonly kind: "unimplemented";
      /** What is not built, and what to do until it is: the status UNIMPLEMENTED's text. */
      readonly message: string;
    };

/** Refusals of the objects that can only be read yet. */
const unbuilt = {
  network: unimplemented("networks are", "run services without networks, with ports in host mode"),
  secret: unimplemented("secrets are", "pass the value by another way, such as a bind mount"),
  config: unimplemented("configs are", "pass the value by another way, such as a bind mount"),
  extension: unimplemented("extensions are", "run services without them"),
  resource: unimplemented("resources are", "run services without them"),
  volume: unimplemented("cluster (CSI) volumes are", "use bind, volume or tmpfs mounts"),
} as const;

/** Every RPC's handler: the type leaves none out. */
export const controlHandlers: { readonly [M in ControlMethod]: ControlHandler<M> } = {
  GetNode: { kind: "read", run: getNode },
  ListNodes: { kind: "read", run: listNodes },
  UpdateNode: { kind: "write", run: updateNode },
  RemoveNode: { kind: "write", run: removeNode },
  GetTask: { kind: "read", run: getTask },
  ListTasks: { kind: "read", run: listTasks },
  RemoveTask: { kind: "write", run: removeTask },
  GetService: { kind: "read", run: getService },
  ListServices: { kind: "read", run: listServices },
  CreateService: { kind: "write", run: createService },
  UpdateService: { kind: "write", run: updateService },
  RemoveService: { kind: "write", run: removeService },
  ListServiceStatuses: { kind: "read", run: listServiceStatuses },
  GetNetwork: { kind: "read", run: getNetwork },
  ListNetworks: { kind: "read", run: listNetworks },
  CreateNetwork: unbuilt.network,
  RemoveNetwork: unbuilt.network,
  GetCluster: { kind: "read", run: getCluster },
  ListClusters: { kind: "read", run: listClusters },
  UpdateCluster: { kind: "write", run: updateCluster },
  GetSecret: { kind: "read", run: getSecret },
  UpdateSecret: unbuilt.secret,
  ListSecrets: { kind: "read", run: listSecrets },
  CreateSecret: unbuilt.secret,
  RemoveSecret: unbuilt.secret,
  GetConfig: { kind: "read", run: getConfig },
  UpdateConfig: unbuilt.config,
  ListConfigs: { kind: "read", run: listConfigs },
  CreateConfig: unbuilt.config,
  RemoveConfig: unbuilt.config,
  GetExtension: { kind: "read", run: getExtension },
  CreateExtension: unbuilt.extension,
  RemoveExtension: unbuilt.extension,
  GetResource: { kind: "read", run: getResource },
  UpdateResource: unbuilt.resource,
  ListResources: { kind: "read", run: listResources },
  CreateResource: unbuilt.resource,
  RemoveResource: unbuilt.resource,
  CreateVolume: unbuilt.volume,
  GetVolume: { kind: "read", run: getVolume },
  UpdateVolume: unbuilt.volume,
  ListVolumes: { kind: "read", run: listVolumes },
  RemoveVolume: unbuilt.volume,
};

function unimplemented(
  what: string,
  remedy: string,
): { readonly kind: "unimplemented"; readonly message: string } {
  return { kind: "unimplemented", message: notBuilt(what, remedy).message };
}
