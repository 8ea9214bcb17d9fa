import { OptionError } from "@class-cache/mapping";
import ms from "ms";

type Unit =
  | "ms"
  | "msec"
  | "msecs"
  | "millisecond"
  | "milliseconds"
  | "s"
  | "sec"
  | "secs"
  | "second"
  | "seconds"
  | "m"
  | "min"
  | "mins"
  | "minute"
  | "minutes"
  | "h"
  | "hr"
  | "hrs"
  | "hour"
  | "hours"
  | "d"
  | "day"
  | "days"
  | "w"
  | "week"
  | "weeks"
  | "y"
  | "yr"
  | "yrs"
  | "year"
  | "years";

/** Milliseconds, or a text such as `"10m"`, `"1.5 h"` or `"30 days"`. `Infinity` is for ever. */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`;

/**
 * The same in milliseconds.
 *
 * @param option what the error names
 * @throws OptionError for a negative duration and for a text that is none
 */
export function milliseconds(option: string, duration: unknown): number {
  const parsed = typeof duration === "string" ? parse(duration) : duration;
  if (typeof parsed === "number" && parsed >= 0) return parsed;
  throw new OptionError(option, 'milliseconds or a text such as "10m", not negative', duration);
}

function parse(text: string): number | undefined {
  // A number without a unit is a slip: in a text, "10" reads as anything from ms to days.
  if (!/[a-z]$/i.test(text) || text.length > 100) return undefined;
  return (ms as (text: string) => number | undefined)(text);
}
