import type { Backend } from "@class-cache/mapping";
import { Computation } from "../memo/computation.ts";
import { awaitWithin, waitsForUs, within } from "../memo/computing-chain.ts";

/** A computed value, encoded so that everyone who waits for it can have a copy. */
export interface Computed {
  readonly bytes: Uint8Array;
  /** Milliseconds that the computation took. */
  readonly cost: number;
}

/** A computation that any number of calls wait for. */
interface Shared {
  readonly computation: Computation;
  readonly outcome: Promise<Computed>;
}

const underWay = new WeakMap<Backend, Map<string, Shared>>();

/**
 * Computes the value of a key unless that is being done in this process already, by whichever cache of
 * the same backend and id. Whether it succeeds or fails, nothing is kept once it has ended.
 *
 * @throws TypeError when the computation waits for the one that asks for it: both would wait for ever
 */
export function computeOnce(
  backend: Backend,
  id: string,
  key: string,
  compute: () => Promise<Computed>,
): Promise<Computed> {
  const all = underWay.get(backend) ?? new Map<string, Shared>();
  underWay.set(backend, all);
  const place = `${id.length} ${id}${key}`;
  let shared = all.get(place);
  if (shared !== undefined && waitsForUs(shared.computation)) throw circle(key);
  if (shared === undefined) {
    const computation = new Computation();
    const outcome = within(computation, compute).finally(() => {
      computation.end();
      all.delete(place);
    });
    shared = { computation, outcome };
    all.set(place, shared);
  }
  awaitWithin(shared.computation, shared.outcome);
  return shared.outcome;
}

function circle(key: string): TypeError {
  return new TypeError(
    `The computation of the key ${key} asks the cache for that very key. ` +
      "A getDefault() may only ask for keys that do not depend on its own.",
  );
}
