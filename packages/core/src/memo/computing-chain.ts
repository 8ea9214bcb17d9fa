import { AsyncLocalStorage } from "node:async_hooks";
import type { Flight } from "./single-flight.ts";

/** A computation that the running code is part of. */
export interface Link {
  readonly flight: Flight;
  /** The computation that called for this one. */
  readonly outer: Link | undefined;
}

const links = new AsyncLocalStorage<Link>();

/** Runs what a flight computes, so that calls made by it are known to be. */
export function within<T>(flight: Flight, compute: () => T): T {
  return links.run({ flight, outer: links.getStore() }, compute);
}

/** The same for several flights whose results are computed together, none of which has an end of its own. */
export function withinAll<T>(all: readonly Link[], compute: () => T): T {
  let link = all[0]?.outer;
  for (const { flight } of all) link = { flight, outer: link };
  if (link === undefined) return compute();
  // What is called by the computation is noted as awaited by the innermost; by this all await it.
  for (const { flight } of all) if (flight !== link.flight) flight.follow(link.flight);
  return links.run(link, compute);
}

/** Notes that the running code's computation waits for a flight that has begun, until that ends. */
export function awaitWithin(flight: Flight): void {
  const ours = links.getStore()?.flight;
  // Code that a computation began may run on after it.
  if (ours === undefined || ours.isOver) return;
  ours.follow(flight);
  const forget = (): void => ours.unfollow(flight);
  flight.outcome.then(forget, forget);
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
 * Whether a flight waits, directly or by way of others, for one of the computations that the running
 * code is part of: joining it would have both wait for ever.
 */
export function waitsForUs(flight: Flight): boolean {
  const ours = new Set<Flight>();
  for (let link = links.getStore(); link !== undefined; link = link.outer) ours.add(link.flight);
  if (ours.size === 0) return false;
  return waitsForAny(flight, ours);
}

/** The flights that the running code is part of. */
export function runningFlights(): Flight[] {
  const running: Flight[] = [];
  for (let link = links.getStore(); link !== undefined; link = link.outer)
    running.push(link.flight);
  return running;
}

/** The flights that wait for one, directly or by way of others, and those that the running code is part of. */
export function allThatWaitFor(flight: Flight): ReadonlySet<Flight> {
  const all = new Set<Flight>();
  const open = [flight, ...runningFlights()];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    open.push(...next.followers);
  }
  return all;
}

/** Whether a computation is one of some, or waits for one, directly or by way of others. */
export function waitsForAny<T extends { readonly awaited: ReadonlySet<T> }>(
  computation: T,
  some: ReadonlySet<T>,
): boolean {
  const seen = new Set<T>();
  const open = [computation];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (some.has(next)) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...next.awaited);
  }
  return false;
}
