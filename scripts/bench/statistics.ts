/** Smallest, middle and largest of several measurements. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Sums up at least one value; of an even number of values the median is between the middle two. */
export function summarize(values: readonly number[]): Summary {
  return { min: quantile(values, 0), median: median(values), max: quantile(values, 1) };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Ratios of two series, pair by pair: what was measured side by side is compared. */
export function ratios(values: readonly number[], baseline: readonly number[]): readonly number[] {
  return values.map((value, index) => value / (baseline[index] ?? Number.NaN));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new Error("no measurements to sum up");
  return (low + high) / 2;
}
