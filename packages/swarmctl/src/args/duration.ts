import type { Duration } from "@swarmkit/proto/types";
import { accept, type Parsed, refuse } from "./parsed.ts";

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const remedy = "give numbers with units, for example 500ms, 10s or 1h30m";
/** Go's durations end here: 2^63 - 1 nanoseconds, about 292 years. */
const nanosecondsMax = 2n ** 63n - 1n;
const durationPattern = /^\+?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/;

/** A duration in Go's notation, `1h2m3.5s` or `0`; never below zero. */
export function parseDuration(text: string): Parsed<Duration> {
  if (/^[+-]?0$/.test(text)) return accept({ seconds: 0, nanos: 0 });
  if (text.startsWith("-")) return refuse("it is below 0", remedy);
  if (/^[0-9.]+$/.test(text)) return refuse("it has no unit", remedy);
  if (text.length > 100 || !durationPattern.test(text)) {
    return refuse("it is not a duration", remedy);
  }
  let nanoseconds = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(
    /([0-9]*)\.?([0-9]*)(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const scale = unitNanoseconds[unit] ?? 0n;
    nanoseconds += BigInt(whole) * scale;
    nanoseconds += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  if (nanoseconds > nanosecondsMax) return refuse("it is too long", "give less than 290 years");
  return accept({
    seconds: Number(nanoseconds / 1_000_000_000n),
    nanos: Number(nanoseconds % 1_000_000_000n),
  });
}
