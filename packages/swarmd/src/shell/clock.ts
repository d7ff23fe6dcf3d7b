import type { Millis } from "../core/lib/time.ts";

/** Disarms a timer; harmless when it has fired already. */
export type CancelTimer = () => void;

/** The one source of time and timers for the shell; tests and the simulator bring their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch; never goes back. */
  now(): Millis;
  /** Calls `fire` once when `now()` has reached `atMs`; in the past means as soon as possible. */
  setTimer(atMs: Millis, fire: () => void): CancelTimer;
}

/** Longest delay that Node's timers take; a later deadline is reached in several hops. */
const timerDelayMsMax = 2 ** 31 - 1;

/**
 * The machine's clock: wall time when the process began plus monotonic time since. A step of the wall
 * clock must neither expire every session at once nor freeze all timers, so it is not followed.
 */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer: armTimer,
};

function armTimer(atMs: Millis, fire: () => void): CancelTimer {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const delayMs = Math.max(0, Math.ceil(atMs - systemClock.now()));
    timer = setTimeout(check, Math.min(delayMs, timerDelayMsMax));
  };
  const check = (): void => {
    // Node's timers may fire a fraction of a millisecond early, which a deadline must not.
    if (systemClock.now() < atMs) arm();
    else fire();
  };
  arm();
  return () => clearTimeout(timer);
}
