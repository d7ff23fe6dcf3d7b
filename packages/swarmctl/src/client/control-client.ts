import type { Services } from "@swarmkit/proto";
import type { DeepPartial, MessageTypes } from "@swarmkit/proto/types";

type Control = Services["Control"];

/** The calls of SwarmKit's control API. */
export type ControlMethod = keyof Control;

export type ControlRequest<Name extends ControlMethod> = MessageTypes[Control[Name]["request"]];
export type ControlResponse<Name extends ControlMethod> = MessageTypes[Control[Name]["response"]];

/** A manager, as commands see it. */
export interface ControlClient {
  /**
   * Makes one call. Parts of the request that are left out have the protocol's defaults. Throws
   * RpcError when the manager refuses, CliError when it cannot be asked.
   */
  call<Name extends ControlMethod>(
    name: Name,
    request: DeepPartial<ControlRequest<Name>>,
  ): Promise<ControlResponse<Name>>;
  /** Ends the connection, if there is one. */
  close(): void;
}
