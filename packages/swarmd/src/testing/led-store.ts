import { succeed } from "../core/lib/outcome.ts";
import { ReplicatedStore } from "../core/replica/replicated-store.ts";
import type { WriteTransaction } from "../core/store/types.ts";
import { replicaCodec } from "../shell/raft/replica-codec.ts";
import { testEpoch } from "./builders.ts";
import { ManualLog } from "./manual-log.ts";

/** A store that leads, on a log that commits when it is told to; what `fill` writes is committed. */
export function createLedStore(fill: (transaction: WriteTransaction) => void): {
  readonly log: ManualLog;
  readonly store: ReplicatedStore;
} {
  const log = new ManualLog();
  const store = new ReplicatedStore({ codec: replicaCodec, firstRequestId: 0n });
  store.attach(log);
  const write = (transaction: WriteTransaction) => succeed(fill(transaction));
  store.write(testEpoch, write, () => undefined);
  log.commitAll(store);
  return { log, store };
}
