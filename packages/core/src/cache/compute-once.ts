import { AsyncLocalStorage } from "node:async_hooks";
import type { Backend } from "@class-cache/mapping";

/** A computed value, encoded so that everyone who waits for it can have a copy. */
export interface Computed {
  readonly bytes: Uint8Array;
  /** Milliseconds that the computation took. */
  readonly cost: number;
}

type Computations = Map<string, Promise<Computed>>;

/** A computation that another one asked for and waits for. */
interface Within {
  readonly computations: Computations;
  readonly place: string;
  readonly outer: Within | undefined;
}

const underWay = new WeakMap<Backend, Computations>();
const within = new AsyncLocalStorage<Within>();

/**
 * Computes the value of a key unless that is being done in this process already, by whichever cache of
 * the same backend and id. Whether it succeeds or fails, nothing is kept once it has ended.
 *
 * @throws TypeError when the computation is asked for by itself, which would wait for ever
 */
export function computeOnce(
  backend: Backend,
  id: string,
  key: string,
  compute: () => Promise<Computed>,
): Promise<Computed> {
  const computations = underWay.get(backend) ?? new Map<string, Promise<Computed>>();
  underWay.set(backend, computations);
  const place = `${id.length} ${id}${key}`;
  const outer = within.getStore();
  let computing = computations.get(place);
  if (computing === undefined) {
    computing = within
      .run({ computations, place, outer }, compute)
      .finally(() => computations.delete(place));
    computations.set(place, computing);
  } else {
    refuseCircle(computations, place, outer, key);
  }
  return computing;
}

function refuseCircle(
  computations: Computations,
  place: string,
  outer: Within | undefined,
  key: string,
): void {
  for (let at = outer; at !== undefined; at = at.outer) {
    if (at.place !== place || at.computations !== computations) continue;
    throw new TypeError(
      `The computation of the key ${key} asks the cache for that very key. ` +
        "A getDefault() may only ask for keys that do not depend on its own.",
    );
  }
}
