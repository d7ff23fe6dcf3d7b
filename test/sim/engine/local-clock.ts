import { testEpoch } from "../../../packages/swarmd/src/testing/builders.ts";

/**
 * A machine's clock: off by some span, too quick or too slow, and jumping forward now and then. As with
 * swarmd's own clock it never goes back while a process runs; a restart reads the machine's anew.
 */
export class LocalClock {
  #originMs = 0;
  #localMs: number;
  #rate = 1;

  constructor(skewMs: number) {
    this.#localMs = testEpoch + skewMs;
  }

  /** Local milliseconds for each virtual one. */
  get rate(): number {
    return this.#rate;
  }

  read(nowMs: number): number {
    return this.#localMs + (nowMs - this.#originMs) * this.#rate;
  }

  /** Virtual time until the clock shows `localMs`; 0 when it does already. */
  until(localMs: number, nowMs: number): number {
    return Math.max(0, (localMs - this.read(nowMs)) / this.#rate);
  }

  setRate(rate: number, nowMs: number): void {
    this.#rebase(nowMs);
    this.#rate = rate;
  }

  jump(deltaMs: number, nowMs: number): void {
    this.#rebase(nowMs);
    this.#localMs += deltaMs;
  }

  #rebase(nowMs: number): void {
    this.#localMs = this.read(nowMs);
    this.#originMs = nowMs;
  }
}
