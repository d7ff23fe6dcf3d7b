import type { Server } from "@grpc/grpc-js";
import type { HealthCheckRequest, HealthCheckResponseServingStatus } from "@swarmkit/proto/types";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";

/** Health of named parts, as SwarmKit serves it: `Raft` on the TCP side, `ControlAPI` on the socket. */
export class HealthService {
  readonly #statuses = new Map<string, HealthCheckResponseServingStatus>([["", "SERVING"]]);

  set(name: string, status: HealthCheckResponseServingStatus): void {
    this.#statuses.set(name, status);
  }

  addTo(server: Server, options: { readonly gate: Gate; readonly log: Logger }): void {
    const check = ({ service }: HealthCheckRequest) => {
      const status = this.#statuses.get(service);
      if (status === undefined) throw new RpcError("not-found", "unknown service");
      return { status };
    };
    addService(server, "Health", { Check: check }, options);
  }
}
