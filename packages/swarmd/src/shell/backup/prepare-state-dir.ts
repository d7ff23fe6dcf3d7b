import type { IdSource } from "../../core/lib/ids.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { Logger } from "../log.ts";
import { chooseOwnAddress } from "../manager/own-address.ts";
import { nothingToRecover } from "../raft/recovery.ts";
import { Wal } from "../raft/wal.ts";
import { systemWalFiles } from "../raft/wal-files.ts";
import { KeyStore } from "../state-dir/key-store.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { renewExpiredCertificate } from "./renew-expired.ts";
import { prepareRestore, refuseHalfRestore } from "./restore.ts";

/**
 * Does to a state directory what `--restore` and `--force-new-cluster` ask for before a node starts on it,
 * and refuses one on which no node may start. An ordinary start follows. Rejects with coded errors.
 */
export async function prepareStateDir(options: {
  readonly paths: StatePaths;
  readonly flags: SwarmdFlags;
  readonly ids: IdSource;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly log: Logger;
}): Promise<void> {
  const { flags, ids, log, nowMs, paths } = options;
  const { forceNewCluster, restore: file, unlockKey } = flags;
  if (file !== undefined) {
    // The manager puts it right when it listens and knows the port.
    const address = chooseOwnAddress(flags, flags.listenRemoteApi.port);
    await prepareRestore({ paths, file, unlockKey, address, ids, nowMs, log });
    return;
  }
  await refuseHalfRestore(paths);
  if (!forceNewCluster) return;
  if (!(await Wal.exists(systemWalFiles, paths.wal))) {
    throw nothingToRecover(`there is no raft log in ${paths.wal}`);
  }
  const loadKeys = async (): ReturnType<KeyStore["loadDataKeys"]> => {
    const keys = await KeyStore.openExisting(paths.nodeKey, unlockKey);
    return await keys.loadDataKeys({ create: false });
  };
  await renewExpiredCertificate({ paths, loadKeys, nowMs, log });
}
