import { toPrintable } from "./printable.ts";

/** How wide cells are at least, and how far apart: Go's tabwriter settings of the same names. */
export interface TableLayout {
  readonly cellWidthMin: number;
  readonly padding: number;
}

const listLayout: TableLayout = { cellWidthMin: 0, padding: 2 };

/**
 * A header, a row of dashes and a line for every row, each cell as wide as its column's widest. The
 * last column is not filled up, and no line ends in spaces.
 */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  layout: TableLayout = listLayout,
): string {
  const dashes = columns.map((column) => "-".repeat(column.length));
  const lines = [columns, dashes, ...rows.map((row) => row.map(toPrintable))];
  const widths = columns.map((_, index) => columnWidth(lines, index, layout));
  return lines.map((cells) => formatLine(cells, widths)).join("");
}

function columnWidth(
  lines: readonly (readonly string[])[],
  index: number,
  { cellWidthMin, padding }: TableLayout,
): number {
  let width = 0;
  for (const cells of lines) width = Math.max(width, countCharacters(cells[index] ?? ""));
  return Math.max(cellWidthMin, width + padding);
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  let line = "";
  for (const [index, cell] of cells.entries()) {
    const isLast = index === cells.length - 1;
    const fill = isLast ? 0 : (widths[index] ?? 0) - countCharacters(cell);
    line += cell + " ".repeat(Math.max(0, fill));
  }
  return `${line.trimEnd()}\n`;
}

/** As a terminal shows them, but for wide scripts: code points rather than UTF-16 units. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
