import { AsyncLocalStorage } from "node:async_hooks";
import type { Backend } from "@class-cache/mapping";
import { waitsForAny } from "../memo/computing-chain.ts";

/** A computed value, encoded so that everyone who waits for it can have a copy. */
export interface Computed {
  readonly bytes: Uint8Array;
  /** Milliseconds that the computation took. */
  readonly cost: number;
}

interface Computation {
  readonly outcome: Promise<Computed>;
  /** What it has asked for and waits for. */
  readonly awaited: Set<Computation>;
  isOver: boolean;
}

/** A computation that the running code is part of. */
interface Link {
  readonly computation: Pick<Computation, "awaited" | "isOver">;
  readonly outer: Link | undefined;
}

const underWay = new WeakMap<Backend, Map<string, Computation>>();
const links = new AsyncLocalStorage<Link>();

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
  const computations = underWay.get(backend) ?? new Map<string, Computation>();
  underWay.set(backend, computations);
  const place = `${id.length} ${id}${key}`;
  const outer = links.getStore();
  let computation = computations.get(place);
  if (computation === undefined) {
    const begun = { awaited: new Set<Computation>(), isOver: false };
    const outcome = links.run({ computation: begun, outer }, compute).finally(() => {
      begun.isOver = true;
      computations.delete(place);
    });
    computation = Object.assign(begun, { outcome });
    computations.set(place, computation);
  } else {
    refuseCircle(computation, outer, key);
  }
  awaitWithin(outer, computation);
  return computation.outcome;
}

/** Code that a computation began may run on after it. */
function awaitWithin(link: Link | undefined, computation: Computation): void {
  if (link === undefined || link.computation.isOver) return;
  const { awaited } = link.computation;
  awaited.add(computation);
  const forget = (): void => void awaited.delete(computation);
  computation.outcome.then(forget, forget);
}

function refuseCircle(computation: Computation, inner: Link | undefined, key: string): void {
  const ours = new Set<Pick<Computation, "awaited">>();
  for (let link = inner; link !== undefined; link = link.outer) ours.add(link.computation);
  if (!waitsForAny<Pick<Computation, "awaited">>(computation, ours)) return;
  throw new TypeError(
    `The computation of the key ${key} asks the cache for that very key. ` +
      "A getDefault() may only ask for keys that do not depend on its own.",
  );
}
