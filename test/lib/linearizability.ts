// Whether what clients saw can be explained by one copy of the data that does one thing at a time
// (Herlihy and Wing: Linearizability, 1990). The search is Wing and Gong's, with Lowe's memory of what was
// tried (Testing for linearizability, 2017). Objects do not depend on each other, so that each key's history
// is searched alone.

/** One operation of one client, as the client saw it. */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly key: string;
  readonly input: Input;
  /** Undefined when no answer came: it may take effect at any time after its call, or never. */
  readonly output: Output | undefined;
  /** On one clock for all clients. */
  readonly calledAt: number;
  /** Infinity when no answer came. */
  readonly returnedAt: number;
}

/** What one copy of the data would do. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * The state after the operation, the very same object when nothing changes; undefined when it cannot have
   * this output now. An operation without output answers undefined as well when it would change nothing: it
   * may as well never take effect.
   */
  apply(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Equal texts for equal states only. */
  fingerprint(state: State): string;
}

export type LinearizabilityResult<Input, Output> =
  | { readonly kind: "linearizable"; readonly stepsCount: number }
  | {
      readonly kind: "not-linearizable";
      readonly key: string;
      /** The shortest beginning of the history that cannot be explained, oldest call first. */
      readonly operations: readonly Operation<Input, Output>[];
      /** The answer in it that came last: before it, all was well. */
      readonly culprit: Operation<Input, Output>;
    }
  /** The search was given up: too much was under way at once. */
  | { readonly kind: "undecided"; readonly key: string; readonly stepsCount: number };

/** Steps for one key after which the search is given up: a second or so. */
export const searchStepsMax = 1_000_000;

/** Checks the histories of all keys. */
export function checkLinearizability<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  stepsMax: number = searchStepsMax,
): LinearizabilityResult<Input, Output> {
  let stepsCount = 0;
  for (const [key, history] of Map.groupBy(operations, (operation) => operation.key)) {
    const ordered = [...history].sort((left, right) => left.calledAt - right.calledAt);
    const search = runSearch(model, ordered, stepsMax);
    stepsCount += search.stepsCount;
    if (search.result === "undecided") return { kind: "undecided", key, stepsCount };
    if (search.result === "impossible") return shorten(model, key, ordered, stepsMax);
  }
  return { kind: "linearizable", stepsCount };
}

/** A call or a return on the time line; linearized operations are taken out of it. */
interface Mark<Input, Output> {
  readonly position: number;
  readonly operation: Operation<Input, Output>;
  /** For a call: its return, unless no answer came. */
  readonly match: Mark<Input, Output> | undefined;
  readonly isCall: boolean;
  previous: Mark<Input, Output> | undefined;
  next: Mark<Input, Output> | undefined;
}

interface SearchResult {
  readonly result: "possible" | "impossible" | "undecided";
  readonly stepsCount: number;
}

interface Choice<State, Input, Output> {
  readonly mark: Mark<Input, Output>;
  /** Before it. */
  readonly state: State;
  /** It changed nothing, so that putting it anywhere later is no better. */
  readonly isFree: boolean;
}

/** Operations without answer are tried only when no answered one goes on: they may be anywhere, or nowhere. */
function runSearch<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  ordered: readonly Operation<Input, Output>[],
  stepsMax: number,
): SearchResult {
  const head = toTimeLine(ordered);
  const done = new Uint32Array((ordered.length >> 5) + 1);
  const tried = new Set<string>();
  const chosen: Choice<State, Input, Output>[] = [];
  let state = model.initial;
  let isForAnswered = true;
  let mark = head.next;
  let stepsCount = 0;
  while (mark !== undefined) {
    stepsCount += 1;
    if (stepsCount > stepsMax) return { result: "undecided", stepsCount };
    if (mark.isCall) {
      const { operation, match, position } = mark;
      const isDue = (match !== undefined) === isForAnswered;
      const after = isDue ? model.apply(state, operation.input, operation.output) : undefined;
      if (after !== undefined && isNew(tried, done, position, model.fingerprint(after))) {
        chosen.push({ mark, state, isFree: after === state });
        state = after;
        takeOut(mark);
        isForAnswered = true;
        mark = head.next;
      } else mark = mark.next;
      continue;
    }
    if (isForAnswered) {
      isForAnswered = false;
      mark = head.next;
      continue;
    }
    // Whatever returned here has to come before: the last choice was wrong.
    const last = takeBack(chosen, done);
    if (last === undefined) return { result: "impossible", stepsCount };
    state = last.state;
    isForAnswered = last.mark.match !== undefined;
    mark = last.mark.next;
  }
  // Only calls without answers are left.
  return { result: "possible", stepsCount };
}

/** Undoes choices down to the last that had an alternative. */
function takeBack<State, Input, Output>(
  chosen: Choice<State, Input, Output>[],
  done: Uint32Array,
): Choice<State, Input, Output> | undefined {
  for (;;) {
    const last = chosen.pop();
    if (last === undefined) return undefined;
    flip(done, last.mark.position);
    putBack(last.mark);
    if (!last.isFree) return last;
  }
}

/** Marks the operation as done; false, and nothing is marked, when the same was tried before. */
function isNew(tried: Set<string>, done: Uint32Array, position: number, state: string): boolean {
  flip(done, position);
  const key = `${done.join(",")} ${state}`;
  if (!tried.has(key)) {
    tried.add(key);
    return true;
  }
  flip(done, position);
  return false;
}

function flip(bits: Uint32Array, position: number): void {
  const word = position >> 5;
  bits[word] = ((bits[word] ?? 0) ^ (1 << (position & 31))) >>> 0;
}

/** Calls come before returns of the same instant: what may have overlapped did. */
function toTimeLine<Input, Output>(
  ordered: readonly Operation<Input, Output>[],
): Mark<Input, Output> {
  const marks: Mark<Input, Output>[] = [];
  for (const [position, operation] of ordered.entries()) {
    const shared = { position, operation, previous: undefined, next: undefined };
    const end: Mark<Input, Output> = { ...shared, match: undefined, isCall: false };
    const isAnswered = operation.output !== undefined;
    marks.push({ ...shared, match: isAnswered ? end : undefined, isCall: true });
    if (isAnswered) marks.push(end);
  }
  const timeOf = ({ isCall, operation }: Mark<Input, Output>): number =>
    isCall ? operation.calledAt : operation.returnedAt;
  marks.sort(
    (left, right) => timeOf(left) - timeOf(right) || Number(right.isCall) - Number(left.isCall),
  );
  const [first] = ordered;
  const head = { position: -1, operation: first, match: undefined, isCall: true } as Mark<
    Input,
    Output
  >;
  let last = head;
  for (const mark of marks) {
    last.next = mark;
    mark.previous = last;
    last = mark;
  }
  return head;
}

function takeOut<Input, Output>(mark: Mark<Input, Output>): void {
  for (const each of [mark, mark.match]) {
    if (each === undefined) continue;
    if (each.previous !== undefined) each.previous.next = each.next;
    if (each.next !== undefined) each.next.previous = each.previous;
  }
}

function putBack<Input, Output>(mark: Mark<Input, Output>): void {
  for (const each of [mark.match, mark]) {
    if (each === undefined) continue;
    if (each.previous !== undefined) each.previous.next = each;
    if (each.next !== undefined) each.next.previous = each;
  }
}

/** Every beginning of a linearizable history is linearizable, so the shortest bad one is found by halving. */
function shorten<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  key: string,
  ordered: readonly Operation<Input, Output>[],
  stepsMax: number,
): LinearizabilityResult<Input, Output> {
  const answered = ordered.filter(({ output }) => output !== undefined);
  answered.sort((left, right) => left.returnedAt - right.returnedAt);
  let low = 0;
  let high = answered.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const until = answered[middle]?.returnedAt ?? 0;
    const { result } = runSearch(model, cutAt(ordered, until), stepsMax);
    if (result === "impossible") high = middle;
    else low = middle + 1;
  }
  const culprit = answered[low] as Operation<Input, Output>;
  const operations = cutAt(ordered, culprit.returnedAt);
  return { kind: "not-linearizable", key, operations, culprit };
}

/** The history as it was known at an instant. */
function cutAt<Input, Output>(
  ordered: readonly Operation<Input, Output>[],
  until: number,
): readonly Operation<Input, Output>[] {
  return ordered
    .filter(({ calledAt }) => calledAt <= until)
    .map((operation) =>
      operation.returnedAt <= until
        ? operation
        : { ...operation, output: undefined, returnedAt: Infinity },
    );
}
