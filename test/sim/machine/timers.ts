// A machine's timers, on its own clock: armed again when the clock changes its pace.
import type { EventTarget } from "../engine/event-queue.ts";
import type { LocalClock } from "../engine/local-clock.ts";
import type { World } from "../engine/world.ts";

interface Slot {
  atMs: number;
  /** Tells the armed timer from those that were replaced. */
  armed: number;
}

export class Timers {
  readonly #world: World;
  readonly #target: EventTarget;
  readonly #clock: LocalClock;
  readonly #slots = new Map<string, Slot>();
  #count = 0;

  constructor(world: World, target: EventTarget, clock: LocalClock) {
    this.#world = world;
    this.#target = target;
    this.#clock = clock;
  }

  /** Local time. */
  now(): number {
    return this.#clock.read(this.#world.nowMs);
  }

  /** At `atMs` local time the target gets a "timer" event of this name; undefined disarms. */
  arm(name: string, atMs: number | undefined): void {
    const slot = this.#slots.get(name);
    if (slot?.atMs === atMs) return;
    if (atMs === undefined) this.#slots.delete(name);
    else this.#post(name, atMs);
  }

  /** Whether this event is the timer's last arming; disarms it. */
  take(name: unknown, armed: unknown): boolean {
    const slot = this.#slots.get(name as string);
    if (slot?.armed !== armed) return false;
    this.#slots.delete(name as string);
    return true;
  }

  /** The clock was changed. */
  rearm(): void {
    for (const [name, { atMs }] of [...this.#slots]) this.#post(name, atMs);
  }

  clear(): void {
    this.#slots.clear();
  }

  #post(name: string, atMs: number): void {
    this.#count += 1;
    this.#slots.set(name, { atMs, armed: this.#count });
    const delayMs = this.#clock.until(atMs, this.#world.nowMs);
    this.#world.post(delayMs, this.#target, "timer", name, this.#count);
  }
}
