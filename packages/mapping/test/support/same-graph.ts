import { isSame } from "../../../testkit/src/same-value.ts";

/**
 * Whether two values are alike down to the very classes, the order of their parts, and which of their
 * parts are one and the same object.
 */
export function sameGraph(left: unknown, right: unknown): boolean {
  return isSame(
    left,
    right,
    (one, other) => Object.getPrototypeOf(one) === Object.getPrototypeOf(other),
  );
}
