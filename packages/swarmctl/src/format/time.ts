import type { Timestamp } from "@swarmkit/proto/types";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The largest unit that fits gives the wording; months and years are rounded ones. */
const units: readonly (readonly [string, number])[] = [
  ["year", 365 * dayMs],
  ["month", 30 * dayMs],
  ["week", 7 * dayMs],
  ["day", dayMs],
  ["hour", hourMs],
  ["minute", minuteMs],
  ["second", secondMs],
];

/** How long ago something was, as people say it: "3 minutes ago"; empty when it never was. */
export function formatAgo(timestamp: Timestamp | undefined, nowMs: number): string {
  if (timestamp === undefined) return "";
  const agoMs = nowMs - toMs(timestamp);
  const lengthMs = Math.abs(agoMs);
  for (const [name, unitMs] of units) {
    if (lengthMs < unitMs) continue;
    const count = Math.floor(lengthMs / unitMs);
    const words = `${count} ${name}${count === 1 ? "" : "s"}`;
    return agoMs > 0 ? `${words} ago` : `${words} from now`;
  }
  return "now";
}

/** A moment in UTC to the nanosecond, `2026-01-02T03:04:05.000000006Z`. */
export function formatTimestamp(timestamp: Timestamp | undefined): string {
  if (timestamp === undefined) return "";
  const date = new Date(timestamp.seconds * 1000);
  // The protocol allows years that a Date does not.
  if (Number.isNaN(date.getTime())) return `${timestamp.seconds} s after 1970`;
  const nanos = String(timestamp.nanos).padStart(9, "0").replace(/0+$/, "");
  return date.toISOString().replace(/\.000Z$/, nanos === "" ? "Z" : `.${nanos}Z`);
}

/** Milliseconds since 1970; 0 for no timestamp. */
export function toMs(timestamp: Timestamp | undefined): number {
  if (timestamp === undefined) return 0;
  return timestamp.seconds * 1000 + timestamp.nanos / 1_000_000;
}
