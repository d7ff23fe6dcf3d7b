import { toPrintable } from "./printable.ts";

/** One line of an inspection: a label, with a value unless it is the heading of what follows. */
export interface Detail {
  /** How deep below its heading; 0 at the top. */
  readonly depth: number;
  readonly label: string;
  readonly value?: string;
}

/** Spaces between the longest label and the values. */
const padding = 4;

export function heading(depth: number, label: string): Detail {
  return { depth, label };
}

/** A line with a value, or nothing when there is none. */
export function detail(depth: number, label: string, value: string): readonly Detail[] {
  return value === "" ? [] : [{ depth, label, value }];
}

/** Lines `label  : value`, with all values in one column. */
export function formatDetails(details: readonly Detail[]): string {
  const labels = details.map(({ depth, label }) => `${"  ".repeat(depth)}${toPrintable(label)}`);
  const width = Math.max(0, ...labels.map((label) => label.length)) + padding;
  return details
    .map(({ value }, index) => {
      const label = labels[index] ?? "";
      if (value === undefined) return `${label}\n`;
      return `${label.padEnd(width)}: ${toPrintable(value)}\n`;
    })
    .join("");
}
