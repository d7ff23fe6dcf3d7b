import type { JoinTokens, KeyRotation } from "@swarmkit/proto/types";
import { toBase36 } from "../lib/base36.ts";
import type { RandomBytes } from "./context.ts";

const secretBytes = 16;
const secretDigits = 25;

/** The join tokens with new secrets where the rotation asks for them; the root's digest stays. */
export function nextJoinTokens(
  tokens: JoinTokens,
  rotation: KeyRotation,
  randomBytes: RandomBytes,
): JoinTokens {
  const renew = (token: string): string =>
    token.slice(0, token.lastIndexOf("-") + 1) + toBase36(randomBytes(secretBytes), secretDigits);
  return {
    ...tokens,
    worker: rotation.workerJoinToken ? renew(tokens.worker) : tokens.worker,
    manager: rotation.managerJoinToken ? renew(tokens.manager) : tokens.manager,
  };
}
