import type { Call } from "./calls.ts";

/** What a key may hold, and which of the open calls have taken effect by then. */
interface Possibility {
  readonly held: string | null;
  /** A bit for each place of an open call. */
  readonly done: bigint;
}

/**
 * Whether calls on many keys can be put in an order in which each took effect at one moment between
 * its beginning and its end, and all answers follow. Calls without an end may have taken effect at any
 * time, or never. A call on many keys counts as one call on each.
 *
 * This is the "just-in-time linearization" of G. Lowe, Testing for linearizability (Concurrency and
 * Computation 29(4), 2017), which keeps all possibilities that are left as it goes through the
 * history; keys are judged one by one, as linearizability is local (Herlihy and Wing, 1990).
 *
 * @returns for each key for which there is no such order, why
 */
export function contradictions(calls: readonly Call[]): string[] {
  const byKey = new Map<string, Call[]>();
  for (const call of calls) {
    // What was never read tells nothing.
    if (call.end === Infinity && (call.action === "get" || call.action === "has")) continue;
    const those = byKey.get(call.key);
    if (those === undefined) byKey.set(call.key, [call]);
    else those.push(call);
  }
  return Array.from(byKey.values(), contradictionIn).filter((found) => found !== undefined);
}

function contradictionIn(calls: readonly Call[]): string | undefined {
  const moments = calls.flatMap((call) => [
    { call, at: call.begin, isEnd: false },
    ...(call.end === Infinity ? [] : [{ call, at: call.end, isEnd: true }]),
  ]);
  // Calls that touch in one moment were at the same time.
  moments.sort((one, other) => one.at - other.at || Number(one.isEnd) - Number(other.isEnd));
  const open: (Call | undefined)[] = [];
  let possible: Possibility[] = [{ held: null, done: 0n }];
  for (const { call, isEnd } of moments) {
    if (!isEnd) {
      const free = open.indexOf(undefined);
      open[free < 0 ? open.length : free] = call;
      continue;
    }
    const place = open.indexOf(call);
    possible = withDone(possible, open, place);
    if (possible.length === 0) return described(call, calls);
    open[place] = undefined;
  }
  return undefined;
}

/** What is possible once the call at a place has taken effect; its bit is given back. */
function withDone(
  possible: readonly Possibility[],
  open: readonly (Call | undefined)[],
  place: number,
): Possibility[] {
  const bit = 1n << BigInt(place);
  const after = new Map<string, Possibility>();
  const seen = new Set<string>();
  const left = [...possible];
  for (let now = left.pop(); now !== undefined; now = left.pop()) {
    const name = `${now.done} ${now.held}`;
    if (seen.has(name)) continue;
    seen.add(name);
    if ((now.done & bit) !== 0n) {
      const then = { held: now.held, done: now.done & ~bit };
      after.set(`${then.done} ${then.held}`, then);
      continue;
    }
    for (const [at, call] of open.entries()) {
      const mine = 1n << BigInt(at);
      if (call === undefined || (now.done & mine) !== 0n) continue;
      const held = effect(call, now.held);
      if (held !== undefined) left.push({ held, done: now.done | mine });
    }
  }
  return [...after.values()];
}

/** What the key holds after a call; undefined: the call would have had another outcome. */
function effect(call: Call, held: string | null): string | null | undefined {
  const { action, mark, outcome } = call;
  const isAnswered = call.end !== Infinity;
  if (action === "set") return mark;
  if (action === "get") return !isAnswered || outcome === held ? held : undefined;
  if (action === "has") return !isAnswered || outcome === (held !== null) ? held : undefined;
  if (action === "setDefault") {
    const then = held ?? mark;
    return !isAnswered || outcome === then ? then : undefined;
  }
  // Of a clear nobody learns what it deleted.
  return !isAnswered || outcome === null || outcome === (held !== null) ? null : undefined;
}

/** The call for which no order is left, and what else was called around it. */
function described(call: Call, calls: readonly Call[]): string {
  const before = calls
    .filter(({ begin }) => begin <= call.end)
    .toSorted((one, other) => one.end - other.end || one.begin - other.begin)
    .slice(-12)
    .map((each) => `  ${told(each)}`);
  return [
    `${told(call)}, which no order of the calls on this key explains. Before:`,
    ...before,
  ].join("\n");
}

function told({ action, key, mark, begin, end, outcome }: Call): string {
  const given = mark === null ? "" : `, ${mark}`;
  const answer = end === Infinity ? "never answered" : `gave ${outcome}`;
  const until = end === Infinity ? "" : end.toFixed(3);
  return `${action}(${key}${given}) ${answer} [${begin.toFixed(3)}..${until}]`;
}
