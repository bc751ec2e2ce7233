// Numbers out of numbers: medians, percentiles and their spread.

/** The value below which the part `fraction` (0 to 1) of the values lies. Zero for no values. */
export function quantile(values: Iterable<number>, fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
}

export function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

/** `12.3 (11.9–14.0)`: the median with the smallest and the largest. */
export function spread(values: readonly number[], digits: number): string {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}
