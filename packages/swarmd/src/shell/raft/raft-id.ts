import type { RaftId } from "@swarmkit/raft";
import type { Prng } from "../../core/lib/prng.ts";

/** A random id of 63 bits, never "0", as SwarmKit draws them. */
export function drawRaftId(prng: Prng): RaftId {
  const high = BigInt(Math.floor(prng() * 2 ** 31));
  const low = BigInt(Math.floor(prng() * 2 ** 32));
  return String((high << 32n) + low + 1n);
}
