// Not the global, which tests of programs replace.
import { setImmediate } from "node:timers";

let turn = 0;
let scheduled = false;

/**
 * Which turn of the event loop this is. What another process did, this one can have learnt of only
 * in a later turn, so that looking once a turn is as good as looking at each call.
 */
export function currentTurn(): number {
  if (!scheduled) {
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      turn += 1;
    });
  }
  return turn;
}
