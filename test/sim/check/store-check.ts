// The store as managers show it to their watchers: each commit once and in order, the same everywhere, and
// equal states at equal indexes. What is compared is a state that this check builds from the commits
// alone, as a watcher would.
import type { Snapshot } from "../../../packages/raft/src/index.ts";
import { isEqual } from "../../../packages/swarmd/src/core/lib/equal.ts";
import { compareTaskStates } from "../../../packages/swarmd/src/core/model/task-state.ts";
import type {
  Commit,
  ReadView,
  StoreEvent,
  TableName,
} from "../../../packages/swarmd/src/core/store/types.ts";
import { hashText } from "../engine/random.ts";
import { Violation } from "../engine/world.ts";
import type { SimManager } from "../machine/manager.ts";

const tables: readonly TableName[] = [
  "node",
  "service",
  "network",
  "task",
  "cluster",
  "secret",
  "config",
  "resource",
  "extension",
  "volume",
];

/** The first time that a commit was seen, anywhere. */
interface KnownCommit {
  readonly events: readonly StoreEvent[];
  /** Index of the commit before. */
  readonly previousIndex: number;
  /** Of the state after it. */
  readonly stateHash: number;
}

/** What a watcher of one manager knows. */
interface Watcher {
  lastIndex: number;
  stateHash: number;
  /** Version of each object. */
  readonly versions: Map<string, number>;
  isRestoring: boolean;
}

export class StoreCheck {
  /** Snapshots that one manager installed from another. */
  snapshotsCount = 0;
  readonly #commits = new Map<number, KnownCommit>();
  readonly #watchers = new Map<string, Watcher>();
  readonly #hashes = new Map<string, number>();

  get commitsCount(): number {
    return this.#commits.size;
  }

  /** The events of the commit at `index`, once anybody has shown it. */
  events(index: number): readonly StoreEvent[] | undefined {
    return this.#commits.get(index)?.events;
  }

  sawStart(manager: SimManager, snapshot: Snapshot | undefined): void {
    this.#watchers.set(manager.name, {
      lastIndex: 0,
      stateHash: 0,
      versions: new Map(),
      isRestoring: snapshot !== undefined,
    });
  }

  /** The next commit that it shows is the snapshot's. */
  sawSnapshot(manager: SimManager): void {
    this.snapshotsCount += 1;
    this.#watcher(manager).isRestoring = true;
  }

  sawCommit(manager: SimManager, commit: Commit): void {
    const watcher = this.#watcher(manager);
    const { isRestoring } = watcher;
    watcher.isRestoring = false;
    const previousIndex = watcher.lastIndex;
    if (commit.index <= previousIndex) {
      const message = `${manager.name} shows commit ${commit.index} after ${previousIndex}`;
      throw new Violation("watch order", message);
    }
    watcher.lastIndex = commit.index;
    for (const event of commit.events) this.#apply(manager, watcher, event);
    if (isRestoring) this.#compareRestored(manager, watcher, commit.index);
    else this.#compare(manager, watcher, commit, previousIndex);
  }

  /** Whether a manager shows what its watchers were told. */
  compareView(manager: SimManager, view: ReadView): void {
    const watcher = this.#watcher(manager);
    let count = 0;
    for (const table of tables) {
      for (const { id, meta } of view.find(table, { by: "all" })) {
        count += 1;
        if (watcher.versions.get(`${table}/${id}`) === meta.version.index) continue;
        const message = `${manager.name} has ${table} ${id} in version ${meta.version.index}, its watchers have not`;
        throw new Violation("watch order", message);
      }
    }
    if (count === watcher.versions.size) return;
    throw new Violation("watch order", `${manager.name}'s watchers know objects that are gone`);
  }

  #compare(manager: SimManager, watcher: Watcher, commit: Commit, previousIndex: number): void {
    const { stateHash } = watcher;
    const known = this.#commits.get(commit.index);
    if (known === undefined) {
      for (const event of commit.events) expectForward(event);
      this.#commits.set(commit.index, { events: commit.events, previousIndex, stateHash });
      return;
    }
    if (known.previousIndex !== previousIndex) {
      const expected = `${known.previousIndex} was expected before it`;
      const message = `${manager.name} shows commit ${commit.index} after ${previousIndex}; ${expected}`;
      throw new Violation("watch order", message);
    }
    if (!isSameChange(known.events, commit.events) || known.stateHash !== stateHash) {
      const message = `${manager.name} made something else of entry ${commit.index} than others`;
      throw new Violation("equal state machines", message);
    }
  }

  /** A snapshot's index may be that of an entry that changed nothing in the store. */
  #compareRestored(manager: SimManager, watcher: Watcher, index: number): void {
    let at = index;
    while (at > 0 && !this.#commits.has(at)) at -= 1;
    const expected = this.#commits.get(at)?.stateHash ?? 0;
    watcher.lastIndex = at;
    if (expected === watcher.stateHash) return;
    const message = `${manager.name} restored a snapshot at ${index} that is not the state there`;
    throw new Violation("equal state machines", message);
  }

  #apply(manager: SimManager, watcher: Watcher, { table, kind, object }: StoreEvent): void {
    const key = `${table}/${object.id}`;
    const before = watcher.versions.get(key);
    if ((before === undefined) !== (kind === "create")) {
      const state = before === undefined ? "is not there" : "is there";
      throw new Violation(
        "watch order",
        `${manager.name} shows a ${kind} of ${key}, which ${state}`,
      );
    }
    if (before !== undefined) watcher.stateHash ^= this.#hash(key, before);
    if (kind === "remove") watcher.versions.delete(key);
    else {
      const version = object.meta.version.index;
      watcher.versions.set(key, version);
      watcher.stateHash ^= this.#hash(key, version);
    }
  }

  #hash(key: string, version: number): number {
    let hash = this.#hashes.get(key);
    if (hash === undefined) {
      hash = hashText(key);
      this.#hashes.set(key, hash);
    }
    let mixed = Math.imul(hash ^ Math.imul(version, 0x9e3779b1), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
    return mixed ^ (mixed >>> 13);
  }

  #watcher({ name }: SimManager): Watcher {
    const watcher = this.#watchers.get(name);
    if (watcher === undefined) throw new Error(`${name} was never started`);
    return watcher;
  }
}

/** A task goes its way in one direction, and stays on its node. */
function expectForward(event: StoreEvent): void {
  if (event.table !== "task" || event.kind !== "update") return;
  const { old, object } = event;
  const isForward =
    compareTaskStates(object.status.state, old.status.state) >= 0 &&
    compareTaskStates(object.desiredState, old.desiredState) >= 0;
  if (isForward && (old.nodeId === "" || old.nodeId === object.nodeId)) return;
  const from = `${old.desiredState}/${old.status.state} on ${old.nodeId}`;
  const to = `${object.desiredState}/${object.status.state} on ${object.nodeId}`;
  throw new Violation("task states", `task ${object.id} goes from ${from} to ${to}`);
}

/** Followers share decoded objects, so that a comparison costs little after the first. */
function isSameChange(left: readonly StoreEvent[], right: readonly StoreEvent[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((event, position) => {
    const other = right[position] as StoreEvent;
    if (event.kind !== other.kind || event.table !== other.table) return false;
    return event.object === other.object || isEqual(event.object, other.object);
  });
}
