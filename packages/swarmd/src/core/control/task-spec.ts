import type {
  GenericRuntimeSpec,
  Placement,
  Resources,
  RestartPolicy,
  TaskSpec,
} from "@swarmkit/proto/types";
import { parseConstraints } from "../constraint/constraint.ts";
import { type Refusal, refuse } from "../lib/outcome.ts";
import { checkContainerSpec } from "./container-spec.ts";
import { checkNotNegative } from "./durations.ts";

/** Least CPU time that may be asked for: a thousandth of a CPU. */
const nanoCpusMin = 1e6;

/** Least memory that may be asked for: the engine's own bound. */
const memoryBytesMin = 4 * 1024 * 1024;

/** Kinds that would be taken for the other runtimes. */
const reservedKinds: readonly string[] = ["container", "attachment"];

/** SwarmKit's rules for a task, in its order. */
export function checkTaskSpec(spec: TaskSpec): Refusal | undefined {
  return (
    checkResources(spec.resources?.limits) ??
    checkResources(spec.resources?.reservations) ??
    checkRestartPolicy(spec.restart) ??
    checkPlacement(spec.placement) ??
    checkRuntime(spec)
  );
}

function checkResources(resources: Resources | undefined): Refusal | undefined {
  if (resources === undefined) return undefined;
  const { nanoCpus, memoryBytes } = resources;
  if (nanoCpus !== 0 && nanoCpus < nanoCpusMin) {
    const cpus = formatFloat(nanoCpus / 1e9);
    return refuse("invalid-argument", `invalid cpu value ${cpus}: Must be at least 0.001`);
  }
  if (memoryBytes !== 0 && memoryBytes < memoryBytesMin) {
    return refuse("invalid-argument", `invalid memory value ${memoryBytes}: Must be at least 4MiB`);
  }
  return undefined;
}

function checkRestartPolicy(policy: RestartPolicy | undefined): Refusal | undefined {
  return (
    checkNotNegative(policy?.delay, "TaskSpec: restart-delay") ??
    checkNotNegative(policy?.window, "TaskSpec: restart-window")
  );
}

function checkPlacement(placement: Placement | undefined): Refusal | undefined {
  const parsed = parseConstraints(placement?.constraints ?? []);
  // SwarmKit's text, which it gives without a code (UNKNOWN); the fault is the caller's.
  return parsed.ok ? undefined : refuse("invalid-argument", parsed.message);
}

function checkRuntime(spec: TaskSpec): Refusal | undefined {
  if (spec.container !== undefined) return checkContainerSpec(spec.container);
  if (spec.generic !== undefined) return checkGenericRuntime(spec.generic);
  if (spec.attachment !== undefined) {
    return refuse("unimplemented", "RuntimeSpec: unimplemented runtime in service spec");
  }
  return refuse("invalid-argument", "TaskSpec: missing runtime");
}

function checkGenericRuntime({ kind, payload }: GenericRuntimeSpec): Refusal | undefined {
  const quoted = JSON.stringify(kind);
  if (kind.length < 3) {
    return refuse("invalid-argument", `Generic runtime: Invalid name ${quoted}`);
  }
  if (reservedKinds.includes(kind.toLowerCase())) {
    return refuse("invalid-argument", `Generic runtime: ${quoted} is a reserved name`);
  }
  if (payload === undefined) {
    return refuse("invalid-argument", "Generic runtime is missing payload");
  }
  if (payload.typeUrl === "") {
    return refuse("invalid-argument", "Generic runtime is missing payload type");
  }
  if (payload.value.length === 0) {
    return refuse("invalid-argument", "Generic runtime has an empty payload");
  }
  return undefined;
}

/** A number as Go's `%g` prints it: below 0.0001 with an exponent of at least two digits. */
function formatFloat(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-([0-9])$/, "e-0$1");
}
