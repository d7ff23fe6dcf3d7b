import type { Annotations } from "@swarmkit/proto/types";
import { type Refusal, refuse } from "../lib/outcome.ts";

/** Characters of a service's name: it is one label of a DNS name. */
const nameLengthMax = 63;

/** SwarmKit's pattern, written without its nested repetition, which takes exponential time here. */
const namePattern = /^[a-zA-Z0-9](?:[-_a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** Checks the name of a service or network. */
export function checkName(annotations: Annotations): Refusal | undefined {
  const { name } = annotations;
  if (name === "") return refuse("invalid-argument", "meta: name must be provided");
  if (!namePattern.test(name)) {
    return refuse("invalid-argument", "name must be valid as a DNS name component");
  }
  if (name.length > nameLengthMax) {
    return refuse("invalid-argument", "name must be 63 characters or fewer");
  }
  return undefined;
}
