import type { Duration, GenericResource } from "@swarmkit/proto/types";

const sizeUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** An amount of memory in the largest unit that leaves at least 1: `1.5 GiB`, `512 MiB`. */
export function formatBytes(bytes: number): string {
  let [amount, index] = [bytes, 0];
  while (amount >= 1024 && index < sizeUnits.length - 1) {
    amount /= 1024;
    index += 1;
  }
  const rounded = amount < 10 && index > 0 ? amount.toFixed(1) : String(Math.round(amount));
  return `${rounded.replace(/\.0$/, "")} ${sizeUnits[index]}`;
}

/** Billionths of a CPU as CPUs, without rounding: `0.5`. */
export function formatCpus(nanoCpus: number): string {
  return String(nanoCpus / 1e9);
}

/** A duration in Go's notation: `2160h0m0s`, `1m30s`, `500ms`, `0s`. */
export function formatDuration({ seconds, nanos }: Duration): string {
  if (seconds === 0 && nanos === 0) return "0s";
  if (seconds === 0) return formatBelowSecond(nanos);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const fraction = String(nanos).padStart(9, "0").replace(/0+$/, "");
  const rest = `${seconds % 60}${fraction === "" ? "" : `.${fraction}`}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function formatBelowSecond(nanos: number): string {
  if (nanos >= 1_000_000) return `${nanos / 1_000_000}ms`;
  return nanos >= 1000 ? `${nanos / 1000}µs` : `${nanos}ns`;
}

/** A kind of generic resource, with its count or the name of one. */
export function formatGenericResource(resource: GenericResource): readonly [string, string] {
  const { namedResourceSpec: named, discreteResourceSpec: discrete } = resource;
  if (named !== undefined) return [named.kind, named.value];
  return [discrete?.kind ?? "", String(discrete?.value ?? 0)];
}
