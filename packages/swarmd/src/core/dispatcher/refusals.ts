// Refusals of the dispatcher. The texts are SwarmKit's where it has one: agents' logs and tools know them.
import { type Refusal, refuse } from "../lib/outcome.ts";
import { sessionsMax } from "./limits.ts";

export const nodeNotFound: Refusal = refuse("unknown", "node not found");
export const nodeNotRegistered: Refusal = refuse("not-found", "node not registered");
export const sessionInvalid: Refusal = refuse("invalid-argument", "session invalid");
export const dispatcherStopped: Refusal = refuse("aborted", "dispatcher is stopped");
export const mustDisconnect: Refusal = refuse("aborted", "node must disconnect");
export const streamReplaced: Refusal = refuse(
  "aborted",
  "a newer stream of this session replaces it",
);
export const foreignTask: Refusal = refuse(
  "permission-denied",
  "cannot update a task not assigned this node",
);
export const tooManySessions: Refusal = refuse(
  "resource-exhausted",
  `this manager has ${sessionsMax} sessions already: remove nodes that are gone`,
);

export function tooManyRegistrations(nodeId: string): Refusal {
  return refuse("unavailable", `node ${nodeId} exceeded rate limit count of registrations`);
}
