import type { Caller, Flight } from "./memo-model-flight.ts";

/** The calls, and what each came to. */
export class ModelCallers {
  readonly #outcomes: string[] = [];
  readonly #all: Caller[] = [];

  outcomes(): readonly string[] {
    return [...this.#outcomes];
  }

  /** The calls that can be aborted. */
  abortable(): readonly number[] {
    return this.#all.filter((caller) => caller.hasSignal && caller.flight).map(({ id }) => id);
  }

  of(id: number): Caller {
    return this.#all[id] as Caller;
  }

  arrive(hasSignal: boolean, toldOf: number): Caller {
    const caller: Caller = { id: this.#all.length, hasSignal, toldOf, flight: undefined };
    this.#outcomes.push("pending");
    this.#all.push(caller);
    return caller;
  }

  tell(caller: Caller, outcome: string): void {
    this.#outcomes[caller.id] = outcome;
    caller.flight = undefined;
  }

  reject(flight: Flight, n: number): void {
    for (const caller of flight.callers) this.tell(caller, `error no ${n}`);
  }
}
