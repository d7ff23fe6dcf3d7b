// The store's objects as a model for the linearizability checker: created, updated if the version is still
// the same, removed, read.
import type { LinearizabilityResult, Operation, SequentialModel } from "./linearizability.ts";

export type StoreInput =
  | { readonly kind: "create"; readonly value: string }
  | { readonly kind: "update"; readonly value: string; readonly version: number }
  | { readonly kind: "remove" }
  | { readonly kind: "read" };

export type StoreOutput =
  /** Of a write; with the version of what it wrote, when the client learnt it. */
  | { readonly kind: "done"; readonly version?: number | undefined }
  | { readonly kind: "refused"; readonly reason: "exists" | "not-found" | "out-of-sequence" }
  | { readonly kind: "found"; readonly value: string; readonly version: number }
  | { readonly kind: "absent" };

export type StoreOperation = Operation<StoreInput, StoreOutput>;

interface ObjectState {
  /** Undefined when there is no such object. */
  readonly value: string | undefined;
  /** Undefined when no answer ever told it. */
  readonly version: number | undefined;
}

const absent: ObjectState = { value: undefined, version: undefined };

/** The model for a history in which no value was written twice to one key. */
export function createStoreModel(
  operations: readonly StoreOperation[],
): SequentialModel<ObjectState, StoreInput, StoreOutput> {
  const versions = learnVersions(operations);
  const known = new Set(versions.values());
  const written = (value: string): ObjectState => ({ value, version: versions.get(value) });
  return {
    initial: absent,
    fingerprint: ({ value, version }) => (value === undefined ? "" : `${value}@${version}`),
    apply: (state, input, output) => {
      if (output === undefined) {
        if (input.kind === "read" || !canBeDone(state, input, known)) return undefined;
        return input.kind === "remove" ? absent : written(input.value);
      }
      if (input.kind === "read") return isWhatWasRead(state, output) ? state : undefined;
      if (output.kind === "refused") {
        return canBeRefused(state, input, output.reason) ? state : undefined;
      }
      if (output.kind !== "done" || !canBeDone(state, input, known)) return undefined;
      return input.kind === "remove" ? absent : written(input.value);
    },
  };
}

/** The failing history in words, the answer that cannot be explained last. */
export function describeFailure(
  failure: LinearizabilityResult<StoreInput, StoreOutput> & { readonly kind: "not-linearizable" },
  linesMax = 40,
): string {
  const { key, operations, culprit } = failure;
  const ordered = [...operations].sort((left, right) => left.returnedAt - right.returnedAt);
  const shown = ordered.filter(({ output }) => output !== undefined).slice(-linesMax);
  const since = Math.min(...shown.map(({ calledAt }) => calledAt));
  const open = ordered.filter((operation) => operation.output === undefined);
  const lines = [...shown, ...open.slice(-linesMax)]
    .sort((left, right) => left.calledAt - right.calledAt)
    .map((operation) => `  ${describeOperation(operation)}`);
  return [
    `the history of ${key} is not linearizable: nothing explains this answer`,
    `  ${describeOperation(culprit)}`,
    `after what was seen from ${formatTime(since)} on (${operations.length} operations since the start):`,
    ...lines,
  ].join("\n");
}

function describeOperation(operation: StoreOperation): string {
  const { client, calledAt, returnedAt, input, output } = operation;
  const end = output === undefined ? "no answer" : formatTime(returnedAt);
  return `[${formatTime(calledAt)} .. ${end}] ${client}: ${toText(input)} -> ${output === undefined ? "?" : toAnswer(output)}`;
}

function toText(input: StoreInput): string {
  if (input.kind === "create") return `create ${input.value}`;
  if (input.kind === "update") return `update from version ${input.version} to ${input.value}`;
  return input.kind;
}

function toAnswer(output: StoreOutput): string {
  if (output.kind === "found") return `${output.value} in version ${output.version}`;
  if (output.kind === "refused") return `refused: ${output.reason}`;
  if (output.kind === "absent") return "nothing there";
  return output.version === undefined ? "done" : `done, version ${output.version}`;
}

function formatTime(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}

/** A version that no answer told may be any, except one that something else has. */
function canBeDone(
  { value, version }: ObjectState,
  input: StoreInput,
  known: ReadonlySet<number>,
): boolean {
  if (input.kind === "create") return value === undefined;
  if (value === undefined || input.kind !== "update") return value !== undefined;
  return version === undefined ? !known.has(input.version) : version === input.version;
}

function canBeRefused(
  { value, version }: ObjectState,
  input: StoreInput,
  reason: (StoreOutput & { readonly kind: "refused" })["reason"],
): boolean {
  if (reason === "exists") return input.kind === "create" && value !== undefined;
  if (reason === "not-found") return input.kind !== "create" && value === undefined;
  return input.kind === "update" && value !== undefined && version !== input.version;
}

function isWhatWasRead(state: ObjectState, output: StoreOutput): boolean {
  if (output.kind === "absent") return state.value === undefined;
  if (output.kind !== "found") return false;
  return state.value === output.value && state.version === output.version;
}

/** The version that each value was written in, from whoever saw it. */
function learnVersions(operations: readonly StoreOperation[]): ReadonlyMap<string, number> {
  const versions = new Map<string, number>();
  for (const { input, output } of operations) {
    if (output?.kind === "found") versions.set(output.value, output.version);
    else if (output?.kind === "done" && output.version !== undefined && "value" in input) {
      versions.set(input.value, output.version);
    }
  }
  return versions;
}
