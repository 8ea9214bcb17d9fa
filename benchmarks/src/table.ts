import type { Measured } from "./interleave.ts";
import type { Quartiles } from "./quartiles.ts";
import { quartiles } from "./quartiles.ts";

/** Tells from its label whether a comparison is to be made. */
export type Wanted = (label: string) => boolean;

/** One comparison: a base and what is measured against it. */
export interface Row {
  readonly label: string;
  readonly base: Measured;
  readonly measured: Measured;
  /** Of the ratios round by round, which a drift between rounds does not touch. */
  readonly ratio: Quartiles;
  /** Of all rounds together: what comes once in several rounds, such as a checkpoint, counts too. */
  readonly totals: number;
}

/** A comparison with the first for each of the others. */
export function rowsOf(label: string, [base, ...others]: readonly Measured[]): Row[] {
  if (base === undefined) return [];
  return others.map((measured) => ({
    label,
    base,
    measured,
    ratio: quartiles(measured.rounds.map((figure, round) => figure / base.rounds[round]!)),
    totals: sum(measured.rounds) / sum(base.rounds),
  }));
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

/** The rows as text in columns, ratios first; times are medians in microseconds an operation. */
export function table(rows: readonly Row[]): string {
  const micros = ({ rounds }: Measured): string => (quartiles(rounds).median / 1000).toFixed(2);
  const lines = [
    ["", "ratio", "middle half", "of totals", "measured", "µs", "base", "µs"],
    ...rows.map(({ label, base, measured, ratio, totals }) => [
      label,
      ratio.median.toFixed(2),
      `${ratio.low.toFixed(2)} - ${ratio.high.toFixed(2)}`,
      totals.toFixed(2),
      measured.name,
      micros(measured),
      base.name,
      micros(base),
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
