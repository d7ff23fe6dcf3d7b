import type { Duration } from "@swarmkit/proto/types";
import { type Refusal, refuse } from "../lib/outcome.ts";
import { fromDuration, type Millis } from "../lib/time.ts";

/** Whole seconds that Go's `time.Duration` holds, about 292 years: peers fail on more. */
const secondsMax = 9_223_372_036;

/** True for a span that every peer can read: in range, and with one sign in both parts. */
export function isValidDuration({ seconds, nanos }: Duration): boolean {
  if (Math.abs(seconds) > secondsMax || Math.abs(nanos) >= 1e9) return false;
  return seconds === 0 || nanos === 0 || seconds < 0 === nanos < 0;
}

/** Refuses a negative span; `name` begins the text. */
export function checkNotNegative(
  duration: Duration | undefined,
  name: string,
): Refusal | undefined {
  if (duration === undefined) return undefined;
  if (!isValidDuration(duration)) return outOfRange(name);
  if (fromDuration(duration) >= 0) return undefined;
  return refuse("invalid-argument", `${name} cannot be negative`);
}

/** Refuses a span below one millisecond other than zero, which means "not set". */
export function checkZeroOrMillisecond(
  duration: Duration | undefined,
  name: string,
): Refusal | undefined {
  if (duration === undefined) return undefined;
  if (!isValidDuration(duration)) return outOfRange(name);
  const span: Millis = fromDuration(duration);
  if (span === 0 || span >= 1) return undefined;
  return refuse("invalid-argument", `${name} cannot be less than 1ms`);
}

function outOfRange(name: string): Refusal {
  return refuse("invalid-argument", `${name} is no valid duration: it must be below 292 years`);
}
