// Everything that is checked while a run goes on, at the moment when it could first be seen to be wrong.
import type { Message, Snapshot } from "../../../packages/raft/src/index.ts";
import type { MemoryStorage } from "../../../packages/raft/src/storage.ts";
import type { Work } from "../../../packages/swarmd/src/core/replica/replica.ts";
import type { Commit } from "../../../packages/swarmd/src/core/store/types.ts";
import type { SimManager } from "../machine/manager.ts";
import { LogCheck } from "./log-check.ts";
import { StoreCheck } from "./store-check.ts";

export class Checks {
  readonly log: LogCheck = new LogCheck();
  readonly store: StoreCheck = new StoreCheck();

  sawStart(manager: SimManager, storage: MemoryStorage, snapshot: Snapshot | undefined): void {
    this.log.sawStart(manager.raftId, storage);
    this.store.sawStart(manager, snapshot);
  }

  sawWork(manager: SimManager, work: Work): void {
    this.log.sawWork(manager.raftId, manager.storage, work);
  }

  sawSent(manager: SimManager, message: Message): void {
    this.log.sawSent(manager.raftId, manager.storage, message);
  }

  sawCommit(manager: SimManager, commit: Commit): void {
    this.store.sawCommit(manager, commit);
  }

  sawSnapshotInstalled(manager: SimManager, snapshot: Snapshot): void {
    this.log.sawSnapshot(manager.raftId, snapshot);
    this.store.sawSnapshot(manager);
  }
}
