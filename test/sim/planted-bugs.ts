// Bugs on purpose: each makes managers that break one rule of Raft or of the store, to see whether the
// checkers notice. They are planted from outside; nothing in the product knows of them.

import {
  type Entry,
  type HardState,
  MemoryStorage,
  type Message,
} from "../../packages/raft/src/index.ts";
import { RaftLog } from "../../packages/raft/src/log.ts";
import { Raft } from "../../packages/raft/src/raft.ts";
import { Tracker } from "../../packages/raft/src/tracker/tracker.ts";
import { succeed } from "../../packages/swarmd/src/core/lib/outcome.ts";
import type { ManagerCore } from "../../packages/swarmd/src/core/manager/manager-core.ts";
import type { ClusterFounding } from "../../packages/swarmd/src/core/model/new-cluster.ts";
import type {
  Replica,
  ReplicaOptions,
  Work,
} from "../../packages/swarmd/src/core/replica/replica.ts";
import type { Random } from "./engine/random.ts";
import type { MakeManager } from "./machine/cluster.ts";
import { type Recovered, SimDisk } from "./machine/disk.ts";
import { SimManager } from "./machine/manager.ts";
import type { RunConfig } from "./run-config.ts";

export interface PlantedBug {
  /** What the managers do wrong. */
  readonly title: string;
  /** The guarantees one of which has to be found broken; "assertion" when raft itself contradicts it. */
  readonly breaks: readonly string[];
  /** Seeds among which one has to find it. */
  readonly seedsMax: number;
  /** Surroundings in which the bug matters. */
  readonly config: Partial<RunConfig>;
  readonly makeManager?: MakeManager;
  /** Makes the bug matter more often; undone by what it answers. For the runs without the bug as well. */
  readonly surround?: () => () => void;
  /** For what no subclass can reach: spoils a prototype, and answers what undoes that. */
  readonly spoil?: () => () => void;
}

const noFaults = { faults: {}, badMoments: {}, lossShare: 0, doubleShare: 0, lateShare: 0 };

/** Small and lively: a few managers, many writes, no services. */
const lively: Partial<RunConfig> = {
  agentsCount: 0,
  hasServices: false,
  clientsCount: 4,
  keysCount: 2,
  clientPauseMs: 50,
  valueBytes: 0,
  managersCount: 3,
  managersMax: 3,
};

/** The vote is never written; after a restart another may be given in the same term. */
class VoteForgettingDisk extends SimDisk {
  override append(entries: readonly Entry[], hardState: HardState | undefined): void {
    super.append(entries, hardState && { ...hardState, vote: undefined });
  }
}

class VoteForgetter extends SimManager {
  protected override createDisk(random: Random): SimDisk {
    return new VoteForgettingDisk(random);
  }
}

/** Answers appends and votes when their fsync has only begun. */
class ImpatientManager extends SimManager {
  protected override save(work: Work): void {
    super.save(work);
    // The answers are on their way before the disk has said anything; they go once more with finish().
    this.send(work.messages);
  }
}

/** A disk that says at once that it has written what it has only taken. */
class LyingDisk extends SimDisk {
  override beginSync(nowMs: number): { readonly doneAtMs: number; readonly position: number } {
    return { doneAtMs: nowMs, position: super.beginSync(nowMs).position };
  }

  override synced(): boolean {
    return true;
  }
}

class HastyManager extends SimManager {
  protected override createDisk(random: Random): SimDisk {
    return new LyingDisk(random);
  }
}

/** Takes any append for one that fits its log, and so drops what does not fit. */
class CredulousFollower extends SimManager {
  protected override step(message: Message): void {
    const own = message.type === "append" ? this.storage.term(message.previousIndex) : undefined;
    super.step(typeof own === "number" ? ({ ...message, previousTerm: own } as Message) : message);
  }
}

/** Whoever takes itself for the leader answers reads without asking the others. */
class StaleReader extends SimManager {
  protected override createCore(founding: ClusterFounding | undefined): ManagerCore {
    const core = super.createCore(founding);
    const { store } = core;
    const readFresh = store.readFresh.bind(store);
    store.readFresh = (done) => {
      if (core.isLeading) done(succeed(store.view()));
      else readFresh(done);
    };
    return core;
  }
}

/** Its snapshots say that they hold an entry more than they do. */
class HollowSnapshots extends SimManager {
  #before: (() => Uint8Array) | undefined;

  protected override captureSnapshot(): ReturnType<SimManager["captureSnapshot"]> {
    const captured = super.captureSnapshot();
    const encode = this.#before ?? captured.encode;
    this.#before = captured.encode;
    return { ...captured, encode };
  }
}

/** Does not keep the membership: after a restart it believes that it is alone with the founder. */
class ForgetfulDisk extends SimDisk {
  override recover(): Recovered {
    const { storage, snapshot } = super.recover();
    if (snapshot === undefined) return { storage, snapshot };
    const { metadata, data } = snapshot;
    const confState = { voters: metadata.confState.voters.slice(0, 1) };
    const forgotten = { metadata: { ...metadata, confState }, data };
    const spoilt = new MemoryStorage();
    spoilt.applySnapshot({ metadata: forgotten.metadata, data: new Uint8Array() });
    spoilt.setHardState(storage.initialState().hardState);
    const entries = storage.entries(storage.firstIndex(), storage.lastIndex() + 1, Infinity);
    if (entries !== "compacted") spoilt.append(entries);
    return { storage: spoilt, snapshot: forgotten };
  }
}

class MembershipForgetter extends SimManager {
  protected override createDisk(random: Random): SimDisk {
    return new ForgetfulDisk(random);
  }
}

/** After a restart it starts from its snapshot, and applies entries that are in it once more. */
class Repeater extends SimManager {
  protected override createReplica(options: ReplicaOptions): Replica {
    const replica = super.createReplica(options);
    const { host } = options;
    const applyEntry = host.applyEntry.bind(host);
    let isRepeated = options.snapshot === undefined;
    host.applyEntry = (entry) => {
      applyEntry(entry);
      if (isRepeated) return;
      isRepeated = true;
      applyEntry(entry);
    };
    return replica;
  }
}

/** Commits by counting also what is of an old term (the paper, figure 8). */
function spoilCommitRule(): () => void {
  const { step, saved } = Raft.prototype;
  const { committableIndex } = Tracker.prototype;
  const { hasEntry } = RaftLog.prototype;
  let raft: Raft | undefined;
  /** The index that the leader is asking about, to decide whether to commit it. */
  let counted = 0;
  Raft.prototype.step = function stepSpoilt(this: Raft, message: Message): void {
    raft = this;
    step.call(this, message);
  };
  Raft.prototype.saved = function savedSpoilt(this: Raft, hardState: HardState): void {
    raft = this;
    saved.call(this, hardState);
  };
  Tracker.prototype.committableIndex = function count(this: Tracker): number {
    const index = committableIndex.call(this);
    counted = index > (raft?.log.committed ?? 0) ? index : 0;
    return index;
  };
  RaftLog.prototype.hasEntry = function has(this: RaftLog, index: number, term: number): boolean {
    const isCounted = index === counted && this === raft?.log;
    counted = 0;
    return isCounted || hasEntry.call(this, index, term);
  };
  return () => {
    Raft.prototype.step = step;
    Raft.prototype.saved = saved;
    Tracker.prototype.committableIndex = committableIndex;
    RaftLog.prototype.hasEntry = hasEntry;
  };
}

/** Each entry travels alone, as large ones do. */
function sendEntriesAlone(): () => void {
  const { step } = Raft.prototype;
  Raft.prototype.step = function stepAlone(this: Raft, message: Message): void {
    (this.config as { entryBytesMax: number }).entryBytesMax = 1;
    step.call(this, message);
  };
  return () => {
    Raft.prototype.step = step;
  };
}

function makes(Kind: typeof SimManager): MakeManager {
  return (options) => new Kind(options);
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    title: "a vote is given without writing it down",
    breaks: ["election safety", "state machine safety", "log matching", "leader completeness"],
    seedsMax: 200,
    config: {
      ...lively,
      ...noFaults,
      faults: { isolate: 2000 },
      badMoments: { vote: 0.7, lead: 0.5 },
      restartMs: 60,
      latencyMs: 120,
      clientPauseMs: 400,
    },
    makeManager: makes(VoteForgetter),
  },
  {
    title: "an entry of an old term is committed by counting",
    breaks: ["leader completeness", "state machine safety"],
    seedsMax: 200,
    config: {
      ...lively,
      ...noFaults,
      badMoments: { lead: 0.7, commit: 0.3 },
      faultsMs: 60_000,
      faultLastsMs: 4000,
      latencyMs: 20,
    },
    surround: sendEntriesAlone,
    spoil: spoilCommitRule,
  },
  {
    title: "appends are answered before they are on disk",
    breaks: [
      "election safety",
      "leader completeness",
      "state machine safety",
      "log matching",
      "assertion",
    ],
    seedsMax: 100,
    config: {
      ...lively,
      ...noFaults,
      faults: { "power failure of all": 4000, "power failure": 2000, "slow disk": 4000 },
    },
    makeManager: makes(ImpatientManager),
  },
  {
    title: "the disk says that it has written what it has not",
    breaks: [
      "election safety",
      "leader completeness",
      "state machine safety",
      "log matching",
      "assertion",
    ],
    seedsMax: 100,
    config: {
      ...lively,
      ...noFaults,
      faults: { "power failure of all": 4000, "power failure": 2000 },
    },
    makeManager: makes(HastyManager),
  },
  {
    title: "a follower takes appends without comparing its log",
    breaks: ["log matching", "state machine safety"],
    seedsMax: 100,
    config: {
      ...lively,
      ...noFaults,
      managersCount: 5,
      managersMax: 5,
      faults: { isolate: 3000 },
      badMoments: { lead: 0.4, commit: 0.05 },
    },
    makeManager: makes(CredulousFollower),
  },
  {
    title: "a leader answers reads without asking a quorum",
    breaks: ["stale read", "linearizability"],
    seedsMax: 150,
    config: {
      ...lively,
      ...noFaults,
      managersCount: 5,
      managersMax: 5,
      faults: { isolate: 2500, pause: 2500 },
      faultLastsMs: 4000,
      badMoments: { commit: 0.02 },
    },
    makeManager: makes(StaleReader),
  },
  {
    title: "a snapshot lacks what its index promises",
    breaks: ["equal state machines", "watch order"],
    seedsMax: 50,
    config: { ...lively, snapshotIntervalEntries: 20, keptEntries: 5 },
    makeManager: makes(HollowSnapshots),
  },
  {
    title: "the membership is lost at a restart",
    breaks: ["election safety", "state machine safety", "log matching", "leader completeness"],
    seedsMax: 50,
    config: {
      ...lively,
      ...noFaults,
      faults: { kill: 3000, isolate: 4000 },
      snapshotIntervalEntries: 20,
      keptEntries: 5,
    },
    makeManager: makes(MembershipForgetter),
  },
  {
    title: "an entry is applied twice after a restart",
    breaks: ["watch order", "equal state machines", "assertion"],
    seedsMax: 50,
    config: { ...lively, snapshotIntervalEntries: 20, keptEntries: 5 },
    makeManager: makes(Repeater),
  },
];
