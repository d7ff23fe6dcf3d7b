import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { createPrng } from "../../core/lib/prng.ts";
import { uncommittedBytesMax } from "../../core/replica/replica.ts";
import { MemoryDisk, systemError } from "./testing/memory-disk.ts";
import { openLeader, RecordingHost } from "./testing/recording-host.ts";

const segmentBytes = 16_384;
const policy = { snapshotIntervalEntries: 12, slowFollowerEntries: 3, segmentBytes: 2048 };

/** Proposes texts in bursts of changing size until `count` are applied or the disk fails. */
async function work(files: MemoryDisk, count: number, prng: () => number): Promise<RecordingHost> {
  const host = new RecordingHost();
  const opening = openLeader("/raft", { ...policy, files }, host);
  const opened = await opening.catch(() => undefined);
  if (opened === undefined) return host;
  const { driver } = opened;
  let proposed = host.applied.length;
  while (host.applied.length < count && host.failure === undefined) {
    for (let burst = Math.floor(prng() * 8); burst >= 0; burst -= 1) {
      const text = `${proposed} ${"x".repeat(Math.floor(prng() * 200))}`;
      if (driver.replica.propose(Buffer.from(text)).ok) proposed += 1;
    }
    await host.until(() => host.applied.length >= proposed || host.failure !== undefined);
  }
  await driver.stop().catch(() => undefined);
  return host;
}

/** Every text in order of its number, none missing, none twice. */
const expectSequence = (applied: readonly string[]): void => {
  expect(applied.map((text) => Number.parseInt(text, 10))).toEqual(
    applied.map((_, index) => index),
  );
};

test("killed or out of power at any step, it restarts with all that was applied", async () => {
  const prng = createPrng(3);
  for (let step = 1; ; step += 1) {
    const disk = new MemoryDisk();
    let count = 0;
    disk.fault = () => {
      count += 1;
      return count > step ? new Error("killed") : undefined;
    };
    const host = await work(disk, 40, createPrng(step));
    expectSequence(host.applied);
    const left = step % 2 === 0 ? disk.copy() : disk.copyAfterPowerLoss(prng);
    const restarted = await openLeader("/raft", { ...policy, files: left });
    expect(restarted.host.failure, `step ${step}`).toBeUndefined();
    expectSequence(restarted.host.applied);
    const recovered = restarted.host.applied;
    expect(recovered.slice(0, host.applied.length), `step ${step}`).toEqual(host.applied);
    expect(restarted.driver.replica.membership.members()).toHaveLength(1);
    await restarted.driver.stop();
    if (count <= step) return;
  }
});

test("killed again and again, it never loses or repeats an entry", async () => {
  let disk = new MemoryDisk();
  const prng = createPrng(11);
  let applied: readonly string[] = [];
  for (let round = 0; round < 60; round += 1) {
    let stepsLeft = 20 + Math.floor(prng() * 120);
    disk.fault = () => {
      stepsLeft -= 1;
      return stepsLeft < 0 ? new Error("killed") : undefined;
    };
    const host = await work(disk, applied.length + 50, prng);
    // A kill before the restart was complete shows nothing new.
    if (host.applied.length >= applied.length) {
      expect(host.applied.slice(0, applied.length)).toEqual(applied);
      applied = [...host.applied];
    }
    expectSequence(applied);
    disk = prng() < 0.5 ? disk.copy() : disk.copyAfterPowerLoss(prng);
  }
  expect(applied.length).toBeGreaterThan(200);
});

test("a failed fdatasync ends leadership, then the driver, and nothing is applied", async () => {
  const files = new MemoryDisk();
  const { driver, host } = await openLeader("/raft", { files, segmentBytes });
  files.fault = (operation) => (operation === "datasync" ? systemError("EIO") : undefined);
  expect(driver.replica.propose(Buffer.from("lost"))).toMatchObject({ ok: true });
  await host.until(() => host.failure !== undefined);
  expect(host.failure).toMatchObject({
    code: "disk-failed",
    message: expect.stringMatching(/^cannot write the raft log \/raft\/wal-v3-encrypted\/0{16}-/),
  });
  expect(host.leaderships).toEqual([true, false]);
  expect(host.applied).toEqual([]);
  expect(driver.replica.propose(Buffer.from("late"))).toEqual({ ok: false, reason: "stopped" });
  await driver.stop();
});

test("a full disk is named, and what was applied before is there after a restart", async () => {
  const files = new MemoryDisk();
  const { driver, host } = await openLeader("/raft", { files, segmentBytes });
  driver.replica.propose(Buffer.from("kept"));
  await host.until(() => host.applied.length === 1);
  files.failWriteAfter(30, systemError("ENOSPC"));
  driver.replica.propose(Buffer.from("refused by the disk"));
  await host.until(() => host.failure !== undefined);
  expect(host.failure).toMatchObject({ code: "disk-full" });
  await driver.stop();
  const restarted = await openLeader("/raft", { files: files.copy(), segmentBytes });
  expect(restarted.host.applied).toEqual(["kept"]);
  await restarted.driver.stop();
});

test("a snapshot that cannot be saved does not end the driver", async () => {
  const files = new MemoryDisk();
  const { driver, host } = await openLeader("/raft", {
    files,
    segmentBytes,
    snapshotIntervalEntries: 5,
  });
  let failures = 0;
  files.fault = (operation, path) => {
    if (operation !== "open" || !path.includes("/snap-v3-encrypted/")) return undefined;
    failures += 1;
    return systemError("ENOSPC");
  };
  for (let index = 0; index < 20; index += 1) {
    driver.replica.propose(Buffer.from(`${index}`));
    await host.until(() => host.applied.length > index);
  }
  await driver.stop();
  expect(failures).toBeGreaterThan(0);
  expect(host.failure).toBeUndefined();
  const restarted = await openLeader("/raft", { files: files.copy(), segmentBytes });
  expectSequence(restarted.host.applied);
  expect(restarted.host.applied).toHaveLength(20);
  await restarted.driver.stop();
});

test("proposals beyond the limit in flight are refused until some are applied", async () => {
  const { driver, host } = await openLeader("/raft", { files: new MemoryDisk(), segmentBytes });
  const data = Buffer.alloc(1024 * 1024, "x");
  let accepted = 0;
  while (driver.replica.propose(data).ok) accepted += 1;
  expect(accepted).toBe(Math.floor(uncommittedBytesMax / (data.length + 32)));
  expect(driver.replica.propose(data)).toEqual({ ok: false, reason: "queue-full" });
  await host.until(() => host.applied.length === accepted);
  // The loop takes note of what was applied within the same turn.
  await setImmediate();
  expect(driver.replica.propose(Buffer.from("again"))).toMatchObject({ ok: true });
  await driver.stop();
});

test("a host that fails to apply an entry ends the driver", async () => {
  class FailingHost extends RecordingHost {
    override applyEntry(): void {
      throw new Error("broken invariant");
    }
  }
  const files = new MemoryDisk();
  const { driver, host } = await openLeader("/raft", { files, segmentBytes }, new FailingHost());
  driver.replica.propose(Buffer.from("poison"));
  await host.until(() => host.failure !== undefined);
  expect(host.failure?.message).toBe("broken invariant");
  await driver.stop();
});

test("nothing is proposed before leadership is visible or after a stop", async () => {
  const files = new MemoryDisk();
  const early: unknown[] = [];
  class EagerHost extends RecordingHost {
    override leadershipChanged(isLeader: boolean): void {
      super.leadershipChanged(isLeader);
      if (isLeader) early.push(this.applied.length);
    }
  }
  const first = await openLeader("/raft", { files, segmentBytes });
  for (let index = 0; index < 5; index += 1) first.driver.replica.propose(Buffer.from(`${index}`));
  await first.host.until(() => first.host.applied.length === 5);
  await first.driver.stop();
  const second = await openLeader("/raft", { files, segmentBytes }, new EagerHost());
  expect(early).toEqual([5]);
  await second.driver.stop();
  expect(second.driver.replica.propose(Buffer.from("late"))).toEqual({
    ok: false,
    reason: "stopped",
  });
});
