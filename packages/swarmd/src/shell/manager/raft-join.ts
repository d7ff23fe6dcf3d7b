// The asking side of joining the raft group.
import { services } from "@swarmkit/proto";
import type { JoinResponse } from "@swarmkit/proto/types";
import type { Millis } from "../../core/lib/time.ts";
import type { Clock } from "../clock.ts";
import { RpcClient, type Trust } from "../grpc/client.ts";
import { RpcError } from "../grpc/rpc-error.ts";

/** One try to join, in milliseconds: the leader checks us, and commits the change. */
const tryTimeoutMs: Millis = 15_000;

/** Pause between two rounds of tries, in milliseconds: about an election's length. */
const pauseMs: Millis = 500;

/** Asks whether the manager at `address` takes part in raft. Throws an RpcError when it does not. */
export async function checkRaftHealth(options: {
  readonly address: string;
  readonly trust: Trust;
  readonly timeoutMs: Millis;
}): Promise<void> {
  const { address, trust, timeoutMs } = options;
  const client = new RpcClient(address, trust);
  try {
    const request = { service: "Raft" };
    const { status } = await client.call(services.Health.Check, request, { timeoutMs });
    if (status !== "SERVING") {
      throw new RpcError(
        "unavailable",
        `the manager at ${address} does not take part yet: ${status}`,
      );
    }
  } finally {
    client.close();
  }
}

/**
 * Becomes a member of the group that the managers at `addresses` belong to, asking one after the other
 * until the leader answers or the time is over. Asking again does no harm: a node that is a member already
 * gets its id. Throws the last RpcError. From the answer on the quorum counts this manager.
 */
export async function joinRaft(options: {
  /** At least one; the leader first, if it is known. */
  readonly addresses: readonly string[];
  readonly trust: Trust;
  /** Where the others reach this manager; an unspecified host is replaced by the one that they see. */
  readonly ownAddress: string;
  readonly clock: Clock;
  readonly timeoutMs: Millis;
}): Promise<JoinResponse> {
  const { addresses, clock, timeoutMs } = options;
  const deadlineMs = clock.now() + timeoutMs;
  let failure = new RpcError("unavailable", "there is no manager to ask");
  for (;;) {
    for (const address of addresses) {
      try {
        return await tryJoin({ ...options, address, deadlineMs });
      } catch (error) {
        if (!(error instanceof RpcError) || !isPassing(error)) throw error;
        failure = error;
      }
      if (clock.now() >= deadlineMs) throw failure;
    }
    if (clock.now() + pauseMs >= deadlineMs) throw failure;
    await new Promise<void>((resolve) => {
      clock.setTimer(clock.now() + pauseMs, resolve);
    });
  }
}

async function tryJoin(options: {
  readonly address: string;
  readonly trust: Trust;
  readonly ownAddress: string;
  readonly clock: Clock;
  readonly deadlineMs: Millis;
}): Promise<JoinResponse> {
  const { address, trust, ownAddress, clock, deadlineMs } = options;
  const client = new RpcClient(address, trust);
  try {
    const leftMs = Math.max(1, Math.ceil(deadlineMs - clock.now()));
    const timeoutMs = Math.min(tryTimeoutMs, leftMs);
    const request = { addr: ownAddress };
    return await client.call(services.RaftMembership.Join, request, { timeoutMs });
  } finally {
    client.close();
  }
}

/** Whether the same question may be answered otherwise soon: the group may be electing. */
function isPassing({ code }: RpcError): boolean {
  return ["unavailable", "failed-precondition", "aborted", "resource-exhausted"].includes(code);
}
