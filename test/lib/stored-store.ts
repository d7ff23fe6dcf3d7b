// What a manager's store holds according to its own disk, whoever leads: read from the log and snapshots
// of a manager that does not run.
import type { ReadView, TableName } from "../../packages/swarmd/src/core/store/types.ts";
import { LogKeys } from "../../packages/swarmd/src/shell/raft/log-keys.ts";
import { readStoredState } from "../../packages/swarmd/src/shell/raft/stored-state.ts";
import { segmentBytesDefault } from "../../packages/swarmd/src/shell/raft/wal.ts";
import { systemWalFiles } from "../../packages/swarmd/src/shell/raft/wal-files.ts";
import { KeyStore } from "../../packages/swarmd/src/shell/state-dir/key-store.ts";
import { statePaths } from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";

/** All but nodes, whose state changes for as long as there is a leader that looks for them. */
const tables: readonly TableName[] = ["cluster", "service", "task", "network"];

/** The objects of a manager's store, each with its table and as JSON, in the order of their ids. */
export async function readStore(node: LocalNode): Promise<readonly string[]> {
  const view = await openStore(node);
  return tables.flatMap((table) =>
    view.find(table, { by: "all" }).map((object) => `${table} ${JSON.stringify(object)}`),
  );
}

/** The whole store of a manager that does not run. */
export async function openStore(node: LocalNode): Promise<ReadView> {
  const { nodeKey, wal, snapshots } = statePaths(node.stateDirectory);
  const { dataKeys } = await KeyStore.openExisting(nodeKey);
  if (dataKeys === undefined) throw new Error(`${node.name} has no key for a log`);
  return await readStoredState({
    files: systemWalFiles,
    directories: { wal, snapshots },
    keys: new LogKeys(dataKeys),
    segmentBytes: segmentBytesDefault,
  });
}
