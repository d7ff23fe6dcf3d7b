// A service's name as a model for the linearizability checker: at any time there is no service of that
// name, or one with an id and the value that was written last.
import {
  checkLinearizability,
  type LinearizabilityResult,
  type Operation,
  type SequentialModel,
} from "./linearizability.ts";
import type {
  ServiceAction,
  ServiceOperation,
  ServiceResult,
  ServiceState,
} from "./service-history.ts";

type Answer = Exclude<ServiceResult, { readonly kind: "unknown" }>;
type ModelOperation = Operation<ServiceAction, Answer>;
type Model = SequentialModel<ServiceState | undefined, ServiceAction, Answer>;

const shownMax = 40;

/** Why no single copy of the store could have given this history; undefined when one could. */
export function findContradiction(operations: readonly ServiceOperation[]): string | undefined {
  const converted = operations.map(toOperation);
  const result = checkLinearizability(createModel(operations), converted);
  if (result.kind === "linearizable") return undefined;
  if (result.kind === "not-linearizable") return describe(result);
  return `the history of ${result.key} is too tangled to decide after ${result.stepsCount} steps`;
}

function createModel(operations: readonly ServiceOperation[]): Model {
  const ids = learnIds(operations);
  const after = (
    state: ServiceState | undefined,
    action: ServiceAction,
  ): ServiceState | undefined => {
    switch (action.kind) {
      case "create":
        // Nobody who saw it has told its id: then nobody can have named it.
        return { id: ids.get(action.value) ?? "never seen", value: action.value };
      case "update":
        return { id: action.id, value: action.value };
      case "remove":
        return undefined;
      case "read":
        return state;
    }
  };
  // The checker takes undefined for "cannot be", so that nothing needs another name.
  return {
    initial: nothing,
    fingerprint: (state) => (state === nothing ? "" : `${state?.id}/${state?.value}`),
    apply: (state, action, answer) => {
      const isPossible = isAccepted(state === nothing ? undefined : state, action);
      if (answer === undefined) {
        const changes = isPossible && action.kind !== "read";
        return changes ? (after(state, action) ?? nothing) : undefined;
      }
      if (answer.kind === "refused") return isPossible ? undefined : state;
      if (!isPossible) return undefined;
      const reached = after(state, action) ?? nothing;
      return isSame(reached, answer.state ?? nothing) ? reached : undefined;
    },
  };
}

const nothing: ServiceState = { id: "", value: "" };

/** Whether the store does what is asked, in this state. */
function isAccepted(state: ServiceState | undefined, action: ServiceAction): boolean {
  switch (action.kind) {
    case "create":
      return state === undefined;
    case "update":
      return state?.id === action.id && state.value === action.expected;
    case "remove":
      return state?.id === action.id;
    case "read":
      return true;
  }
}

function isSame(left: ServiceState, right: ServiceState): boolean {
  return left.id === right.id && left.value === right.value;
}

/** The id of the service that each value was written to, from whoever saw it. */
function learnIds(operations: readonly ServiceOperation[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const { action, result } of operations) {
    if (result.kind === "done" && result.state !== undefined) {
      ids.set(result.state.value, result.state.id);
    }
    if (action.kind === "update") ids.set(action.expected, action.id);
  }
  return ids;
}

function toOperation({
  key,
  client,
  action,
  invokedAtMs,
  returnedAtMs,
  result,
}: ServiceOperation): ModelOperation {
  return {
    client: `client ${client}`,
    key,
    input: action,
    output: result.kind === "unknown" ? undefined : result,
    calledAt: invokedAtMs,
    returnedAt: returnedAtMs,
  };
}

function describe(
  failure: LinearizabilityResult<ServiceAction, Answer> & { readonly kind: "not-linearizable" },
): string {
  const { key, operations, culprit } = failure;
  const lines = operations.slice(-shownMax).map((operation) => `  ${toLine(operation)}`);
  return [
    `the history of ${key} is not linearizable: nothing explains`,
    `  ${toLine(culprit)}`,
    `after (the last ${lines.length} of ${operations.length} calls):`,
    ...lines,
  ].join("\n");
}

function toLine({ client, input, output, calledAt, returnedAt }: ModelOperation): string {
  const end = output === undefined ? "no answer" : returnedAt.toFixed(1);
  const state = output?.kind === "done" ? (output.state ?? "nothing there") : (output?.kind ?? "?");
  return `[${calledAt.toFixed(1)} .. ${end}] ${client}: ${JSON.stringify(input)} -> ${JSON.stringify(state)}`;
}
