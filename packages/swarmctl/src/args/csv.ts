import { accept, type Parsed, refuse } from "./parsed.ts";

const quotingRemedy = 'write "a,b" for a value with a comma and "" for a quote inside quotes';

/**
 * Splits the value of a list flag at its commas, as Go's flags do: a field that begins with a quote
 * ends with one, may hold commas, and doubles the quotes inside. Unlike there, a line break is an
 * ordinary character: it does not end the list.
 */
export function splitList(text: string): Parsed<readonly string[]> {
  if (text === "") return accept([]);
  const fields: string[] = [];
  let position = 0;
  while (true) {
    const field = text[position] === '"' ? quotedField(text, position) : plainField(text, position);
    if (!field.ok) return field;
    fields.push(field.value.text);
    if (field.value.end === text.length) return accept(fields);
    position = field.value.end + 1;
  }
}

interface Field {
  readonly text: string;
  /** Where its comma stands, or the end of the text. */
  readonly end: number;
}

function plainField(text: string, start: number): Parsed<Field> {
  const comma = text.indexOf(",", start);
  const end = comma === -1 ? text.length : comma;
  const field = text.slice(start, end);
  if (field.includes('"')) {
    return refuse("a quote stands inside a value that does not begin with one", quotingRemedy);
  }
  return accept({ text: field, end });
}

function quotedField(text: string, start: number): Parsed<Field> {
  let field = "";
  let position = start + 1;
  while (true) {
    const quote = text.indexOf('"', position);
    if (quote === -1) return refuse("a quote is not closed", quotingRemedy);
    field += text.slice(position, quote);
    if (text[quote + 1] !== '"') {
      const end = quote + 1;
      if (end < text.length && text[end] !== ",") {
        return refuse("something follows a closing quote", quotingRemedy);
      }
      return accept({ text: field, end });
    }
    field += '"';
    position = quote + 2;
  }
}
