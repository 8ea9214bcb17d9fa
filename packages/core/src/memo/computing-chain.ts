import { AsyncLocalStorage } from "node:async_hooks";
import type { Computation } from "./computation.ts";

/** A computation that the running code is part of. */
export interface Link<C extends Computation = Computation> {
  readonly computation: C;
  /** The computation that called for this one. */
  readonly outer: Link | undefined;
}

const links = new AsyncLocalStorage<Link>();

/** Runs what is computed, so that calls made by it are known to be. */
export function within<T>(computation: Computation, compute: () => T): T {
  return links.run({ computation, outer: links.getStore() }, compute);
}

/** The same for several whose results are computed together, none of which has an end of its own. */
export function withinAll<T>(all: readonly Link[], compute: () => T): T {
  let link = all[0]?.outer;
  for (const { computation } of all) link = { computation, outer: link };
  if (link === undefined) return compute();
  // What is called by them is noted as awaited by the innermost; by this all await it.
  for (const { computation } of all) {
    if (computation !== link.computation) computation.follow(link.computation);
  }
  return links.run(link, compute);
}

/** Notes that the running code's computation waits for one that has begun, until that ends. */
export function awaitWithin(computation: Computation, outcome: Promise<unknown>): void {
  const ours = links.getStore()?.computation;
  // Code that a computation began may run on after it.
  if (ours === undefined || ours.isOver) return;
  ours.follow(computation);
  const forget = (): void => ours.unfollow(computation);
  outcome.then(forget, forget);
}

/** Runs what no computation waits for, though one may have brought it about. */
export function outsideOfComputations<T>(run: () => T): T {
  return links.exit(run);
}

/** The innermost computation that the running code is part of. */
export function currentLink(): Link | undefined {
  return links.getStore();
}

/**
 * Whether a computation waits, directly or by way of others, for one of those that the running code is
 * part of: joining it would have both wait for ever.
 */
export function waitsForUs(computation: Computation): boolean {
  const ours = new Set(runningComputations());
  if (ours.size === 0) return false;
  for (const one of reached([computation], ({ awaited }) => awaited))
    if (ours.has(one)) return true;
  return false;
}

/** What waits for a computation, directly or by way of others, and those that the running code is part of. */
export function allThatWaitFor(computation: Computation): Iterable<Computation> {
  return reached([computation, ...runningComputations()], ({ followers }) => followers);
}

/** Those that the running code is part of, the innermost first. */
export function* runningComputations(): Iterable<Computation> {
  for (let link = links.getStore(); link !== undefined; link = link.outer) yield link.computation;
}

/** Some computations, and all that are come to from them. */
function* reached(
  some: readonly Computation[],
  next: (computation: Computation) => Iterable<Computation>,
): Iterable<Computation> {
  const seen = new Set<Computation>();
  const open = [...some];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    yield one;
    open.push(...next(one));
  }
}
