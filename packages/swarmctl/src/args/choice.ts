import { accept, type Parsed, refuse } from "./parsed.ts";

/** A parser of one word out of a few, each with what it stands for. */
export function parseChoice<T>(choices: Readonly<Record<string, T>>): (text: string) => Parsed<T> {
  return (text) => {
    if (Object.hasOwn(choices, text)) return accept(choices[text] as T);
    const words = Object.keys(choices);
    return refuse("it is not one of the choices", `choose ${words.join(", ")}`);
  };
}
