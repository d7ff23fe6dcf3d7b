import type { MessageName } from "../gen/types.ts";

/** Who may call an RPC: a holder of one of the roles, or anybody when `insecure`. */
export interface Authorization {
  /** Organisational units of certificates: `swarm-worker`, `swarm-manager`. */
  readonly roles: readonly string[];
  /** True when the RPC is open to callers without a certificate. */
  readonly insecure: boolean;
}

/** One RPC, as the wire knows it. */
export interface Method<
  Request extends MessageName = MessageName,
  Response extends MessageName = MessageName,
> {
  /** For example `/docker.swarmkit.v1.Control/GetNode`. */
  readonly path: string;
  readonly request: Request;
  readonly response: Response;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
  readonly isDeprecated: boolean;
  readonly authorization: Authorization;
}
