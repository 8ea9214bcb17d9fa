import type { Comparison } from "../measure/summary.ts";

/** Three significant digits, without an exponent. */
export function short(figure: number): string {
  if (!Number.isFinite(figure)) return "–";
  if (Math.abs(figure) >= 1000) return Math.round(figure).toLocaleString("en");
  return String(Number(figure.toPrecision(3)));
}

/** Nanoseconds as microseconds. */
export function micros(ns: number): string {
  return short(ns / 1000);
}

/** The median, and in parentheses the quartiles around it. */
export function spread({ ratio }: Comparison): string {
  return `${short(ratio.median)} (${short(ratio.low)} to ${short(ratio.high)})`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const [unit, divisor] = count < 1024 ** 2 ? ["KiB", 1024] : ["MiB", 1024 ** 2];
  return `${short(count / (divisor as number))} ${unit}`;
}
