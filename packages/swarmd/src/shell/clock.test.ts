import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("a timer fires when its time has come, not before", async () => {
  const atMs = systemClock.now() + 5;
  const firedAt = await new Promise<number>((resolve) => {
    systemClock.setTimer(atMs, () => resolve(systemClock.now()));
  });
  expect(firedAt).toBeGreaterThanOrEqual(atMs);
});

test("a timer that is set for the past fires", async () => {
  await new Promise<void>((resolve) => systemClock.setTimer(0, resolve));
});

test("a cancelled timer does not fire, and the order of deadlines holds", async () => {
  const fired: string[] = [];
  const now = systemClock.now();
  const cancel = systemClock.setTimer(now + 1, () => fired.push("cancelled"));
  const last = new Promise<void>((resolve) => {
    systemClock.setTimer(now + 8, () => {
      fired.push("second");
      resolve();
    });
  });
  systemClock.setTimer(now + 4, () => fired.push("first"));
  cancel();
  await last;
  expect(fired).toEqual(["first", "second"]);
});

test("a deadline beyond the reach of Node's timers does not fire at once", async () => {
  let hasFired = false;
  const cancel = systemClock.setTimer(systemClock.now() + 2 ** 32, () => {
    hasFired = true;
  });
  await new Promise<void>((resolve) => systemClock.setTimer(systemClock.now() + 5, resolve));
  cancel();
  expect(hasFired).toBe(false);
});
