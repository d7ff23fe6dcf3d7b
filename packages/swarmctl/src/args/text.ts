import { accept, type Parsed, refuse } from "./parsed.ts";

/** Any text at all. */
export function parseText(text: string): Parsed<string> {
  return accept(text);
}

/** Any text but none. */
export function parseName(text: string): Parsed<string> {
  return text.trim() === "" ? refuse("it is empty", "give a name") : accept(text);
}

/** A list as it is: what is in it is for the manager to judge. */
export function parseTexts(items: readonly string[]): Parsed<readonly string[]> {
  return accept(items);
}
