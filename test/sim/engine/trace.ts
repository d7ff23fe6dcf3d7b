// What happened last, as cheap tuples: nothing is formatted unless a run fails.

export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly first: unknown;
  readonly second: unknown;
}

export class Trace {
  readonly #size: number;
  readonly #atMs: Float64Array;
  readonly #who: string[];
  readonly #what: string[];
  readonly #first: unknown[];
  readonly #second: unknown[];
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#atMs = new Float64Array(size);
    this.#who = new Array<string>(size).fill("");
    this.#what = new Array<string>(size).fill("");
    this.#first = new Array<unknown>(size).fill(undefined);
    this.#second = new Array<unknown>(size).fill(undefined);
  }

  add(atMs: number, who: string, what: string, first: unknown, second: unknown): void {
    const position = this.#count % this.#size;
    this.#count += 1;
    this.#atMs[position] = atMs;
    this.#who[position] = who;
    this.#what[position] = what;
    this.#first[position] = first;
    this.#second[position] = second;
  }

  /** Oldest first. */
  lines(): readonly TraceLine[] {
    const kept = Math.min(this.#count, this.#size);
    return Array.from({ length: kept }, (_, step) => {
      const position = (this.#count - kept + step) % this.#size;
      return {
        atMs: this.#atMs[position] ?? 0,
        who: this.#who[position] ?? "",
        what: this.#what[position] ?? "",
        first: this.#first[position],
        second: this.#second[position],
      };
    });
  }
}
