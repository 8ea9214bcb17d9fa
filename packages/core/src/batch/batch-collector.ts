import { signalsIn, withSignal } from "../memo/abort.ts";
import type { Link } from "../memo/computing-chain.ts";
import { currentLink } from "../memo/computing-chain.ts";
import type { Compute, FlightWatch } from "../memo/memo-source.ts";
import { Flight } from "../memo/single-flight.ts";

const LOOK_MS = 10;
/** So many looks in a row must find nothing new: an event loop that is held up makes some by itself. */
const QUIET_LOOKS = 4;

/** An item that is to be computed. */
export interface Arrival {
  readonly link: Link<Flight>;
  /** The item and what comes after the items, as the method is to see them. */
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Computes the items that have arrived. Every one of them is settled, and the cost of each noted. */
export type Send = (arrivals: readonly Arrival[], costs: WeakMap<Flight, number>) => void;

/**
 * Gathers the items of one call that are to be computed, and sends them on together: as soon as all
 * that may still come have come or turned out to be answered otherwise. Items that wait for a
 * computation elsewhere, perhaps for one that itself waits for ours, hold the others up for a moment
 * only: so two processes, each with items that the other wants, both go on.
 */
export class BatchCollector implements FlightWatch {
  readonly #maxBatchSize: number;
  readonly #send: Send;
  readonly #costs = new WeakMap<Flight, number>();
  /** In the order of the items. */
  readonly #places = new WeakMap<Flight, number>();
  #begun = 0;
  /** Flights that may still arrive. */
  readonly #expected = new Set<Flight>();
  #arrived: Arrival[] = [];
  /** Runs while anything has arrived and not been sent. */
  #timer: NodeJS.Timeout | undefined;
  #quietLooks = 0;

  constructor(maxBatchSize: number, send: Send) {
    this.#maxBatchSize = maxBatchSize;
    this.#send = send;
  }

  begun(flight: Flight): void {
    this.#places.set(flight, (this.#begun += 1));
    this.#expected.add(flight);
    const ended = (): void => {
      if (this.#expected.delete(flight)) this.#look();
    };
    flight.outcome.then(ended, ended);
  }

  costOf(flight: Flight): number | undefined {
    return this.#costs.get(flight);
  }

  /** To be called by the memo for each item that is to be computed. */
  readonly compute: Compute = (_instance, args) =>
    new Promise((resolve, reject) => {
      const { computation, outer } = currentLink() ?? {};
      if (!(computation instanceof Flight)) {
        throw new TypeError("An item can only be computed by its flight.");
      }
      this.#arrived.push({ link: { computation, outer }, args, resolve, reject });
      this.#expected.delete(computation);
      this.#look();
    });

  #look(): void {
    this.#quietLooks = 0;
    if (this.#arrived.length === 0) return;
    if (this.#expected.size === 0 || this.#arrived.length >= this.#maxBatchSize) this.#flush();
    else this.#timer ??= setInterval(() => this.#lookAfterAWhile(), LOOK_MS);
  }

  #lookAfterAWhile(): void {
    const areAllWaiting = Array.from(this.#expected).every(({ isWaiting }) => isWaiting);
    this.#quietLooks = areAllWaiting ? this.#quietLooks + 1 : 0;
    if (this.#quietLooks >= QUIET_LOOKS) this.#flush();
  }

  #flush(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const arrivals = this.#arrived;
    this.#arrived = [];
    const at = ({ link }: Arrival): number => this.#places.get(link.computation) ?? Infinity;
    this.#send(
      arrivals.sort((one, other) => at(one) - at(other)),
      this.#costs,
    );
  }
}

/** What several items are computed with in the places of their callers' signals. */
export function commonRest(arrivals: readonly Arrival[]): readonly unknown[] {
  const rest = arrivals[0]?.args.slice(1) ?? [];
  const signal = signalsIn(rest) === undefined ? undefined : allAborted(arrivals);
  return signal === undefined ? rest : withSignal(rest, signal);
}

/** Aborts when nobody waits for any of the items any more. */
function allAborted(arrivals: readonly Arrival[]): AbortSignal {
  const all = new AbortController();
  let left = arrivals.length;
  for (const { link } of arrivals) {
    const signal = link.computation.controller?.signal;
    signal?.addEventListener("abort", () => {
      left -= 1;
      if (left === 0) all.abort(signal.reason);
    });
  }
  return all.signal;
}
