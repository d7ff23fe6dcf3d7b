// Reads that wait for a quorum's word that this member still leads. One question is out at a time; who
// comes meanwhile waits for the next one, so that a thousand readers cost one round.

/** Ticks without an answer after which the question is put again: it may be lost with a message. */
const askAgainTicks = 5;
const contextBytes = 8;

type Reader = (isFresh: boolean) => void;

export class FreshReads {
  /** Puts a question to raft; false when it cannot be put now. */
  readonly #ask: (context: Uint8Array) => boolean;
  #waiting: Reader[] = [];
  #asked:
    | { readonly number: number; readonly readers: readonly Reader[]; ticks: number }
    | undefined;
  #lastNumber = 0;

  constructor(ask: (context: Uint8Array) => boolean) {
    this.#ask = ask;
  }

  add(reader: Reader): void {
    this.#waiting.push(reader);
    this.#askNext();
  }

  ready(context: Uint8Array): void {
    if (this.#asked?.number !== toNumber(context)) return;
    const { readers } = this.#asked;
    this.#asked = undefined;
    for (const reader of readers) reader(true);
    this.#askNext();
  }

  tick(): void {
    const asked = this.#asked;
    if (asked !== undefined) {
      asked.ticks += 1;
      if (asked.ticks < askAgainTicks) return;
      this.#waiting = [...asked.readers, ...this.#waiting];
      this.#asked = undefined;
    }
    this.#askNext();
  }

  /** Leadership is lost: nobody is answered any more. */
  abandon(): void {
    const readers = [...(this.#asked?.readers ?? []), ...this.#waiting];
    this.#asked = undefined;
    this.#waiting = [];
    for (const reader of readers) reader(false);
  }

  #askNext(): void {
    if (this.#asked !== undefined || this.#waiting.length === 0) return;
    this.#lastNumber += 1;
    const readers = this.#waiting;
    this.#waiting = [];
    this.#asked = { number: this.#lastNumber, readers, ticks: 0 };
    if (this.#ask(toContext(this.#lastNumber))) return;
    // Put again at the next tick.
    this.#asked = undefined;
    this.#waiting = readers;
  }
}

function toContext(number: number): Uint8Array {
  const context = new Uint8Array(contextBytes);
  new DataView(context.buffer).setBigUint64(0, BigInt(number));
  return context;
}

function toNumber(context: Uint8Array): number {
  if (context.length !== contextBytes) return -1;
  return Number(new DataView(context.buffer, context.byteOffset).getBigUint64(0));
}
