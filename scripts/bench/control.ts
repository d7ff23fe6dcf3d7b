// The manager's control API from a raw gRPC client: no swarmctl start-up in what is measured.
import {
  type DeepPartial,
  getCodec,
  type ServiceSpec,
  services,
  type Task,
} from "../../packages/proto/src/index.ts";
import { RpcClient } from "../../packages/swarmd/src/shell/grpc/client.ts";

const timeoutMs = 60_000;

export class Control {
  readonly #client: RpcClient;

  /** A connection of its own to a control socket. */
  constructor(socketPath: string) {
    this.#client = new RpcClient(`unix:${socketPath}`, { kind: "local" });
  }

  /** Creates a service and returns its id. */
  async createService(spec: DeepPartial<ServiceSpec>): Promise<string> {
    const request = getCodec("CreateServiceRequest").create({ spec });
    const { service } = await this.#client.call(services.Control.CreateService, request, {
      timeoutMs,
    });
    if (service === undefined) throw new Error("the manager created no service");
    return service.id;
  }

  async removeService(serviceId: string): Promise<void> {
    const request = getCodec("RemoveServiceRequest").create({ serviceId });
    await this.#client.call(services.Control.RemoveService, request, { timeoutMs });
  }

  async listTasks(serviceId: string): Promise<readonly Task[]> {
    const request = getCodec("ListTasksRequest").create({ filters: { serviceIds: [serviceId] } });
    const { tasks } = await this.#client.call(services.Control.ListTasks, request, { timeoutMs });
    return tasks;
  }

  /** How many nodes are READY. */
  async countReadyNodes(): Promise<number> {
    const request = getCodec("ListNodesRequest").create();
    const { nodes } = await this.#client.call(services.Control.ListNodes, request, { timeoutMs });
    return nodes.filter(({ status }) => status.state === "READY").length;
  }

  /** A call that does nothing: what any call costs. */
  async ping(): Promise<void> {
    const request = getCodec("HealthCheckRequest").create({ service: "ControlAPI" });
    await this.#client.call(services.Health.Check, request, { timeoutMs });
  }

  async countServices(): Promise<number> {
    const request = getCodec("ListServicesRequest").create();
    const { services: found } = await this.#client.call(services.Control.ListServices, request, {
      timeoutMs,
    });
    return found.length;
  }

  /** How many tasks wait for a node. */
  async countPending(): Promise<number> {
    const request = getCodec("ListTasksRequest").create();
    const { tasks } = await this.#client.call(services.Control.ListTasks, request, { timeoutMs });
    return tasks.filter(({ status }) => status.state === "PENDING").length;
  }

  close(): void {
    this.#client.close();
  }
}
