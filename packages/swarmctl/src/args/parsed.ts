/** What a parser makes of a word from the command line. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** What is wrong with the text, as the end of "invalid value …:". */
      readonly why: string;
      /** What to give instead. */
      readonly remedy: string;
    };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refuse(why: string, remedy: string): Parsed<never> {
  return { ok: false, why, remedy };
}

/** Parses every item, or gives the first refusal. */
export function parseEach<T>(
  items: readonly string[],
  parse: (item: string) => Parsed<T>,
): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const item of items) {
    const parsed = parse(item);
    if (!parsed.ok) return parsed;
    values.push(parsed.value);
  }
  return accept(values);
}
