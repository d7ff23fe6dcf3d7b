import { beforeEach, describe, expect, test } from "vitest";
import { createPrng } from "../lib/prng.ts";
import {
  type CertificateFacts,
  coalesceMs,
  RenewalSchedule,
  renewalBackoffMsMax,
  renewalBackoffMsMin,
  renewalTime,
} from "./renewal.ts";

const day = 24 * 3_600_000;
const now = 40 * day;
const worker: CertificateFacts = { role: "WORKER", notBefore: 0, notAfter: 90 * day };
const manager: CertificateFacts = { ...worker, role: "MANAGER" };
const half = (): number => 0.5;
/** Where `half` puts the renewal: amid 50 % and 80 %. */
const byAge = 90 * day * 0.65;

describe("the time of a renewal", () => {
  test.each([
    [0, 45],
    [0.5, 58.5],
    [1, 72],
  ])("with a draw of %d is after %d of 90 days", (draw, days) => {
    expect(renewalTime(worker, () => draw)).toBe(days * day);
  });

  test("differs between the nodes of a swarm, and stays between the two bounds", () => {
    const prng = createPrng(1);
    const times = Array.from({ length: 100 }, () => renewalTime(worker, prng));
    expect(new Set(times).size).toBe(100);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(45 * day);
    expect(Math.max(...times)).toBeLessThanOrEqual(72 * day);
  });

  test("of a certificate for minutes is at its half", () => {
    expect(renewalTime({ ...worker, notAfter: 100_000 }, half)).toBe(50_000);
  });
});

describe("the schedule", () => {
  let schedule: RenewalSchedule;

  beforeEach(() => {
    schedule = new RenewalSchedule(worker, { prng: half });
  });

  test("follows the certificate's age when nothing happens", () => {
    expect(schedule.nextDeadline()).toBe(byAge);
  });

  test("renews soon when told to, once", () => {
    schedule.force(now);
    schedule.force(now + 100);
    expect(schedule.nextDeadline()).toBe(now + coalesceMs);
    schedule.issued(worker, now + 600);
    expect(schedule.nextDeadline()).toBe(byAge);
  });

  test("renews soon when the next certificate brings the wanted role", () => {
    schedule.expectRole("MANAGER", true, now);
    expect(schedule.nextDeadline()).toBe(now + coalesceMs);
    schedule.issued(manager, now + 600);
    expect(schedule.nextDeadline()).toBe(byAge);
  });

  test("waits for the role to be given, and asks at the pace of failures meanwhile", () => {
    schedule.expectRole("MANAGER", false, now);
    expect(schedule.nextDeadline()).toBe(now + renewalBackoffMsMin);
    schedule.expectRole("MANAGER", true, now + 1000);
    expect(schedule.nextDeadline()).toBe(now + 1000 + coalesceMs);
  });

  test("asks again, less and less often, until the role is there", () => {
    schedule.expectRole("MANAGER", true, now);
    const delays = [1, 2, 3, 4, 5, 6].map(() => {
      schedule.issued(worker, now);
      return schedule.nextDeadline() - now;
    });
    expect(delays).toEqual([5000, 25_000, 125_000, 625_000, 3_125_000, renewalBackoffMsMax]);
    schedule.issued(manager, now);
    expect(schedule.nextDeadline()).toBe(byAge);
  });

  test("asks again after failures, less and less often", () => {
    schedule.force(now);
    schedule.failed(now);
    expect(schedule.nextDeadline()).toBe(now + 5000);
    schedule.failed(now);
    expect(schedule.nextDeadline()).toBe(now + 25_000);
    schedule.issued(worker, now);
    schedule.failed(now);
    expect(schedule.nextDeadline()).toBe(now + 5000);
  });

  test("does not hear the same twice", () => {
    schedule.expectRole("MANAGER", true, now);
    schedule.issued(worker, now);
    schedule.expectRole("MANAGER", true, now);
    expect(schedule.nextDeadline()).toBe(now + renewalBackoffMsMin);
  });

  test("forgets a role that is not wanted any more", () => {
    schedule.expectRole("MANAGER", false, now);
    schedule.expectRole("WORKER", true, now);
    expect(schedule.nextDeadline()).toBe(byAge);
  });

  test("news in the midst of a wait do not put a renewal off", () => {
    schedule.force(now);
    schedule.expectRole("MANAGER", false, now);
    expect(schedule.nextDeadline()).toBe(now + coalesceMs);
  });
});
