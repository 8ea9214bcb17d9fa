import { performance } from "node:perf_hooks";

// Neither the globals, which tests of programs replace, nor what a test runner has put in their place.
const realProcess = process.getBuiltinModule("node:process");
const nextTick = realProcess.nextTick.bind(realProcess);
const clock = performance.now.bind(performance);

/** How long a turn lasts where no callback ends. */
const LONGEST_MS = 1;
/** Calls of a turn that each look at the clock; of those after them, as many pass it by at a time. */
const LOOKS = 64;

let turn = 0;
let isRunning = false;
let beganAt = 0;
let looks = 0;
let untilLook = 0;

/**
 * Which turn of the event loop this is: one callback that the loop calls, with all promises that settle
 * before the next, but a millisecond at most. What another process did, this one learns of only in a later
 * turn, so that looking once a turn is as good as looking at each call.
 *
 * `setImmediate` would not do: for what timers and immediates call, it ends a turn only after the loop has
 * read what arrived meanwhile. The time is for calls that wait for another process without giving control
 * back. As the clock takes longer than a hit, it is looked at for few calls where there are many.
 */
export function currentTurn(): number {
  untilLook -= 1;
  if (untilLook < 0) look();
  return turn;
}

/** Ends the turn for who has just written what others in this process have looked for. */
export function endTurn(): void {
  turn += 1;
}

function look(): void {
  const now = clock();
  if (!isRunning) {
    isRunning = true;
    nextTick(end);
    begin(now);
  } else if (now - beganAt > LONGEST_MS) {
    turn += 1;
    begin(now);
  }
  looks += 1;
  untilLook = looks < LOOKS ? 0 : LOOKS;
}

function begin(now: number): void {
  beganAt = now;
  looks = 0;
}

function end(): void {
  isRunning = false;
  turn += 1;
  untilLook = 0;
}
