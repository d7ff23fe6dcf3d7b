import type { Services } from "@swarmkit/proto";
import type { DeepPartial, MessageTypes, SnapshotChunk } from "@swarmkit/proto/types";

/** SwarmKit's control API, and the one call of its authority that is for people. */
type Methods = Services["Control"] & Pick<Services["CA"], "GetUnlockKey">;

/** The calls that a manager answers on its control socket. */
export type ManagerMethod = keyof Methods;

export type ManagerRequest<Name extends ManagerMethod> = MessageTypes[Methods[Name]["request"]];
export type ManagerResponse<Name extends ManagerMethod> = MessageTypes[Methods[Name]["response"]];

/** A manager, as commands see it. */
export interface ControlClient {
  /**
   * Makes one call. Parts of the request that are left out have the protocol's defaults. Throws
   * RpcError when the manager refuses, CliError when it cannot be asked.
   */
  call<Name extends ManagerMethod>(
    name: Name,
    request: DeepPartial<ManagerRequest<Name>>,
  ): Promise<ManagerResponse<Name>>;
  /**
   * Asks for a backup, which comes piece by piece. The iteration throws as a call does; the time limit is
   * for each piece.
   */
  saveSnapshot(): AsyncIterable<SnapshotChunk>;
  /** Ends the connection, if there is one. */
  close(): void;
}
