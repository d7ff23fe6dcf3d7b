import { createPrng } from "../../../core/lib/prng.ts";
import type { AppliedEntry } from "../../../core/replica/replica-host.ts";
import { systemClock } from "../../clock.ts";
import { silentLogger } from "../../log.ts";
import { RaftDriver, type RaftDriverOptions } from "../raft-driver.ts";
import type { RaftHost } from "../raft-host.ts";
import type { SnapshotPolicy } from "../snapshotter.ts";

/** A host whose state is the list of what was applied; tests wait for its events. */
export class RecordingHost implements RaftHost {
  /** The data of all applied entries as text, also those that a snapshot stood for. */
  applied: string[] = [];
  leaderships: boolean[] = [];
  /** Contexts of the reads that may be served. */
  reads: string[] = [];
  failure: Error | undefined;
  lastIndex = 0;
  private waiters: (() => void)[] = [];

  applyEntry(entry: AppliedEntry): void {
    if (entry.index <= this.lastIndex) throw new Error(`entry ${entry.index} came again`);
    this.lastIndex = entry.index;
    this.applied.push(Buffer.from(entry.data).toString());
    this.wake();
  }

  restoreSnapshot(store: Uint8Array, index: number): void {
    this.applied = JSON.parse(Buffer.from(store).toString());
    this.lastIndex = index;
    this.wake();
  }

  takeSnapshot(): () => Uint8Array {
    const view = [...this.applied];
    return () => Buffer.from(JSON.stringify(view));
  }

  leadershipChanged(isLeader: boolean): void {
    this.leaderships.push(isLeader);
    this.wake();
  }

  confChangeApplied(): void {
    this.wake();
  }

  leaderChanged(): void {
    this.wake();
  }

  membersChanged(): void {
    this.wake();
  }

  removed(): void {
    this.wake();
  }

  readReady(context: Uint8Array): void {
    this.reads.push(Buffer.from(context).toString());
    this.wake();
  }

  fatal(error: Error): void {
    this.failure = error;
    this.wake();
  }

  /** Resolves once `condition` holds; it is looked at after every event. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.waiters.push(resolve);
      });
    }
  }

  private wake(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** A driver on `root` that has become leader, and its host. */
export async function openLeader(
  root: string,
  overrides: Partial<RaftDriverOptions> & SnapshotPolicy = {},
  host: RecordingHost = new RecordingHost(),
): Promise<{ readonly driver: RaftDriver; readonly host: RecordingHost }> {
  const driver = await RaftDriver.open({
    directories: { wal: `${root}/wal-v3-encrypted`, snapshots: `${root}/snap-v3-encrypted` },
    keys: { current: testKey },
    nodeId: "node1",
    address: "127.0.0.1:4242",
    clock: systemClock,
    prng: createPrng(1),
    log: silentLogger,
    host,
    snapshotPolicy: () => overrides,
    ...overrides,
  });
  driver.start();
  await host.until(() => driver.replica.isLeader || host.failure !== undefined);
  return { driver, host };
}

/** A data encryption key. */
export const testKey: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => index);
