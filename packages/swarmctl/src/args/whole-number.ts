import { accept, type Parsed, refuse } from "./parsed.ts";

/** A whole number from 0, in digits only. The manager sets the upper limit where there is one. */
export function parseWholeNumber(text: string): Parsed<number> {
  const remedy = "give a whole number from 0 in digits, for example 3";
  if (/^-[0-9.]+$/.test(text)) return refuse("it is below 0", remedy);
  if (!/^[0-9]+$/.test(text)) return refuse("it is not a whole number", remedy);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) return refuse("it is too large", remedy);
  return accept(value);
}
