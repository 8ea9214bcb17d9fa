import { short } from "./format.ts";
import type { Target } from "./section.ts";

/** @param note what belongs to the figure, such as where it was reached */
export function atMost(what: string, limit: number, reached: number, unit = "", note = ""): Target {
  return {
    what,
    wanted: `at most ${limit}${unit}`,
    reached: `${short(reached)}${unit}${note}`,
    met: reached <= limit,
  };
}

export function atLeast(
  what: string,
  limit: number,
  reached: number,
  unit = "",
  note = "",
): Target {
  return {
    what,
    wanted: `at least ${limit}${unit}`,
    reached: `${short(reached)}${unit}${note}`,
    met: reached >= limit,
  };
}
