import type { Duration, Timestamp } from "@swarmkit/proto/types";

/** Milliseconds since the Unix epoch, or a span of them; whole or fractional. */
export type Millis = number;

/** Wire form of an instant. */
export function toTimestamp(now: Millis): Timestamp {
  const seconds = Math.floor(now / 1000);
  // Rounding down, so that a billionth never makes it a whole second.
  return { seconds, nanos: Math.floor((now - seconds * 1000) * 1e6) };
}

/** Instant of a wire timestamp, to the precision of a double (about a microsecond today). */
export function fromTimestamp(timestamp: Timestamp): Millis {
  return timestamp.seconds * 1000 + timestamp.nanos / 1e6;
}

/** Wire form of a span; negative spans carry negative nanoseconds. */
export function toDuration(span: Millis): Duration {
  const seconds = Math.trunc(span / 1000);
  return { seconds, nanos: Math.trunc((span - seconds * 1000) * 1e6) };
}

/** Span of a wire duration. */
export function fromDuration(duration: Duration): Millis {
  return duration.seconds * 1000 + duration.nanos / 1e6;
}
