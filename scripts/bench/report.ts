import type { Summary } from "./statistics.ts";

/** One line of the table. */
export interface Figure {
  readonly name: string;
  /** `ms`, `MiB`, `B`, `1/s`, or `×` for a ratio of two figures of the same run. */
  readonly unit: string;
  readonly summary: Summary;
  /** The median's upper limit, where there is an aim. */
  readonly medianMax?: number;
  /** The median's lower limit, where there is an aim. */
  readonly medianMin?: number;
}

/** The figures as a markdown table. */
export function formatTable(figures: readonly Figure[]): string {
  const head = ["Figure", "Unit", "Min", "Median", "Max", "Aim for the median"];
  const rows = figures.map((figure) => {
    const { name, unit, summary } = figure;
    const { min, median, max } = summary;
    return [name, unit, ...[min, median, max].map(formatNumber), formatAim(figure)];
  });
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumber = (column: number): boolean => column >= 2 && column <= 4;
  const pad = (cell: string, column: number): string =>
    isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  const lines = [head.map(pad), rule, ...rows.map((row) => row.map(pad))];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function formatAim({ summary: { median }, medianMax, medianMin }: Figure): string {
  if (medianMax !== undefined) {
    return `≤ ${formatNumber(medianMax)}: ${median <= medianMax ? "met" : "missed"}`;
  }
  if (medianMin === undefined) return "";
  return `≥ ${formatNumber(medianMin)}: ${median >= medianMin ? "met" : "missed"}`;
}

function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
