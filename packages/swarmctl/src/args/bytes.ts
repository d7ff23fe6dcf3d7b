import { accept, type Parsed, refuse } from "./parsed.ts";

const remedy = "give a size in bytes or with a unit, for example 512m or 1.5g";

const unitBytes: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** An amount of memory, `64m`, `1.5GiB` or plain bytes; units are powers of 1024, as Docker's. */
export function parseBytes(text: string): Parsed<number> {
  const match = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  if (match === null) {
    return refuse(text.startsWith("-") ? "it is below 0" : "it is not a size", remedy);
  }
  const [, amount = "", unit = ""] = match;
  const bytes = Math.floor(Number(amount) * (unitBytes[unit.toLowerCase()] ?? 1));
  return Number.isSafeInteger(bytes) ? accept(bytes) : refuse("it is too large", remedy);
}
