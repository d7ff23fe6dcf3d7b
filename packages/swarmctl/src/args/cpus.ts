import { accept, type Parsed, refuse } from "./parsed.ts";

const remedy = "give a number of CPUs, for example 2, 0.5 or 1/4";
/** Digits beyond these cannot matter, and would only cost time. */
const textCharactersMax = 40;
const nanosPerCpu = 1_000_000_000n;

/** A number of CPUs as a decimal or a fraction, exact to 9 decimals; gives billionths of a CPU. */
export function parseCpus(text: string): Parsed<number> {
  if (/^-[0-9.]/.test(text)) return refuse("it is below 0", remedy);
  const ratio = text.length <= textCharactersMax ? (decimal(text) ?? fraction(text)) : undefined;
  if (ratio === undefined) return refuse("it is not a number", remedy);
  const [numerator, denominator] = ratio;
  if (denominator === 0n) return refuse("it divides by 0", remedy);
  const scaled = numerator * nanosPerCpu;
  if (scaled % denominator !== 0n) {
    return refuse("it has more than 9 decimal places", "round it to 9 decimal places");
  }
  const nanoCpus = Number(scaled / denominator);
  return Number.isSafeInteger(nanoCpus) ? accept(nanoCpus) : refuse("it is too large", remedy);
}

function decimal(text: string): readonly [bigint, bigint] | undefined {
  const match = /^\+?([0-9]*)(?:\.([0-9]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = "", places = ""] = match;
  if (whole === "" && places === "") return undefined;
  return [BigInt(whole + places), 10n ** BigInt(places.length)];
}

function fraction(text: string): readonly [bigint, bigint] | undefined {
  const match = /^([0-9]+)\/([0-9]+)$/.exec(text);
  return match === null ? undefined : [BigInt(match[1] ?? ""), BigInt(match[2] ?? "")];
}
