import { type Method, services } from "@swarmkit/proto";
import type { ManagerMethod } from "./control-client.ts";

/** How a call is made: its path and its messages. */
export function findMethod(name: ManagerMethod): Method {
  return name === "GetUnlockKey" ? services.CA.GetUnlockKey : services.Control[name];
}
