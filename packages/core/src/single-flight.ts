import type { Held } from "./isolation.ts";

/** What a flight brings home. */
export interface Outcome {
  /** For the caller that began it. */
  readonly value: unknown;
  /** For everyone else; undefined when no copy could be made. */
  readonly held: Held | undefined;
}

/** One look-up and computation of a key that any number of calls wait for. */
export class Flight {
  readonly key: string;
  /** It computes whatever is stored. */
  readonly forced: boolean;
  /** Aborts when the last caller has left; only where the first caller gave a signal. */
  readonly controller: AbortController | undefined;
  /** Something newer was said about the key meanwhile: what this flight brings is not kept. */
  superseded = false;
  /** What it brings is for the first caller only, whose instance or arguments changed meanwhile. */
  diverted = false;
  /** Everyone has left: nothing more is to be begun. */
  abandoned = false;
  /** While the result is being stored. A deletion waits for it, lest it come too early. */
  storing: Promise<unknown> | undefined;
  /** Set once, when the flight begins. */
  declare readonly outcome: Promise<Outcome>;
  /** How many calls want the outcome, those that have left not counted. */
  #callers = 0;
  #joined = false;

  constructor(key: string, forced: boolean, abortable: boolean) {
    this.key = key;
    this.forced = forced;
    this.controller = abortable ? new AbortController() : undefined;
  }

  /** Somebody beside the first caller wanted it. */
  get joined(): boolean {
    return this.#joined;
  }

  begin(fly: (flight: this) => Promise<Outcome>): void {
    const outcome = fly(this);
    (this as { outcome: Promise<Outcome> }).outcome = outcome;
    // When everyone has left, nobody else hears of a rejection.
    outcome.catch(() => undefined);
  }

  board(): void {
    this.#joined ||= this.#callers > 0;
    this.#callers += 1;
  }

  /** @returns true when that was the last caller */
  leave(reason: unknown): boolean {
    this.#callers -= 1;
    if (this.#callers > 0) return false;
    this.abandoned = true;
    this.superseded = true;
    this.controller?.abort(reason);
    return true;
  }
}

/** The flights under way. */
export class Flights {
  readonly #all = new Set<Flight>();
  /** The ones that further calls may join, one a key at most. */
  readonly #open = new Map<string, Flight>();

  /** The flight that a call may join: for a forced call, one that is forced itself. */
  joinable(key: string, forced: boolean): Flight | undefined {
    const flight = this.#open.get(key);
    return flight === undefined || (forced && !flight.forced) ? undefined : flight;
  }

  add(flight: Flight, joinable: boolean): void {
    if (joinable) {
      const older = this.#open.get(flight.key);
      if (older !== undefined) older.superseded = true;
      this.#open.set(flight.key, flight);
    }
    this.#all.add(flight);
  }

  /** No further call joins it. */
  close(flight: Flight): void {
    if (this.#open.get(flight.key) === flight) this.#open.delete(flight.key);
  }

  end(flight: Flight): void {
    this.close(flight);
    this.#all.delete(flight);
  }

  /**
   * What the flights under way bring is not kept, for one key or for all. Waits until those that are
   * just storing have done so.
   */
  async supersede(key?: string): Promise<void> {
    for (const flight of this.#all) {
      if (key !== undefined && flight.key !== key) continue;
      flight.superseded = true;
      this.close(flight);
      await flight.storing;
    }
  }
}
