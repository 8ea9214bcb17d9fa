import { isSame } from "../same-value.ts";

/** A value that says which write it is of, and whose bytes follow from that: none can be mixed up. */
export interface MarkedValue {
  readonly mark: string;
  readonly fill: string;
}

/**
 * @param mark ends in the number of the write, as in `a.17`. Some numbers have a value that is large;
 *   when it begins with `large`, all have
 */
export function markedValue(mark: string): MarkedValue {
  const step = Number(mark.split(".").at(-1));
  if (mark.startsWith("large")) return { mark, fill: mark.padEnd(200_000 + step * 37, mark) };
  const length = step % 47 === 0 ? 300_000 : step % 11 === 0 ? 20_000 : (step * 31) % 400;
  return { mark, fill: mark.padEnd(length, mark) };
}

/** The mark of a value that was read; null: there was none. */
export function markOf(value: MarkedValue | undefined): string | null {
  if (value === undefined) return null;
  const isWhole = typeof value.mark === "string" && isSame(value, markedValue(value.mark));
  return isWhole ? value.mark : `a torn value: ${JSON.stringify(value).slice(0, 80)}`;
}
