import { outsideOfComputations } from "./computing-chain.ts";
import { outsideOfPlaces } from "./limiter.ts";

/** Runs what no computation waits for, nor lends its place, though one may have brought it about. */
export function inBackground<T>(run: () => T): T {
  return outsideOfComputations(() => outsideOfPlaces(run));
}
