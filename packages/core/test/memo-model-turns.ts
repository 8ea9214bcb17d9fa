import type { Flight } from "./memo-model-flight.ts";

/** Among processes one computes a key at a time: the first of each queue. */
export class ModelTurns {
  readonly #queues = new Map<string, Flight[]>();
  readonly #haveTurn: (next: Flight) => void;

  /** @param haveTurn told of a flight that has waited, and whose turn it is */
  constructor(haveTurn: (next: Flight) => void) {
    this.#haveTurn = haveTurn;
  }

  /** @returns whether it is the flight's turn at once */
  join(flight: Flight): boolean {
    const queue = this.#queues.get(flight.key) ?? [];
    this.#queues.set(flight.key, [...queue, flight]);
    return queue.length === 0;
  }

  /** Whether it was the flight's turn, it waited for it, or neither. */
  leave(flight: Flight): void {
    const queue = this.#queues.get(flight.key) ?? [];
    const rest = queue.filter((other) => other !== flight);
    this.#queues.set(flight.key, rest);
    if (queue[0] === flight && rest[0] !== undefined) this.#haveTurn(rest[0]);
  }
}
