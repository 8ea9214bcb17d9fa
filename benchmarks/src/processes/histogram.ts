/** The ratio of the bounds of a bucket. */
const STEP = Math.log(1.02);

/** How often operations took how long, to 2 %, in a form that JSON carries and that adds up. */
export type Histogram = Record<string, number>;

/** @param ns nanoseconds, from 1 */
export function count(histogram: Histogram, ns: number): void {
  const bucket = Math.floor(Math.log(ns) / STEP);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

export function merged(histograms: readonly Histogram[]): Histogram {
  const all: Histogram = {};
  for (const histogram of histograms) {
    for (const [bucket, times] of Object.entries(histogram)) {
      all[bucket] = (all[bucket] ?? 0) + times;
    }
  }
  return all;
}

/** @returns the nanoseconds that this share of the operations did not exceed, rounded up */
export function quantile(histogram: Histogram, share: number): number {
  const buckets = Object.entries(histogram)
    .map(([bucket, times]) => [Number(bucket), times] as const)
    .sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, times]) => sum + times, 0);
  let seen = 0;
  for (const [bucket, times] of buckets) {
    seen += times;
    if (seen >= share * total) return Math.exp((bucket + 1) * STEP);
  }
  return NaN;
}
