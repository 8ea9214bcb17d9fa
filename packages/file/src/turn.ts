let turn = 0;
let scheduled = false;

/** Which turn of the event loop this is. What another process does is noticed in a later one at most. */
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
