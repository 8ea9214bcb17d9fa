import type { Measured } from "./interleave.ts";
import { median, medianRatio } from "./interleave.ts";

/** One comparison: a base and what is measured against it, in microseconds an operation. */
export interface Row {
  readonly label: string;
  readonly base: { readonly name: string; readonly micros: number };
  readonly ours: { readonly name: string; readonly micros: number };
  /** Median of the ratios, round by round. */
  readonly ratio: number;
}

export function row(label: string, base: Measured, ours: Measured): Row {
  const micros = (measured: Measured): number => median(measured.rounds) / 1000;
  return {
    label,
    base: { name: base.name, micros: micros(base) },
    ours: { name: ours.name, micros: micros(ours) },
    ratio: medianRatio(ours, base),
  };
}

/** The rows as text in columns, ratios first. */
export function table(rows: readonly Row[]): string {
  const lines = [
    ["", "ratio", "base", "µs", "measured", "µs"],
    ...rows.map(({ label, base, ours, ratio }) => [
      label,
      ratio.toFixed(2),
      base.name,
      base.micros.toFixed(2),
      ours.name,
      ours.micros.toFixed(2),
    ]),
  ];
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
