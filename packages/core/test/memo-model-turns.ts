import type { Flight } from "./memo-model-flight.ts";

/** Among processes one computes a key at a time: the first of each queue. */
export class ModelTurns {
  readonly #queues = new Map<string, Flight[]>();

  /** @returns whether it is the flight's turn at once */
  join(flight: Flight): boolean {
    const queue = this.#queues.get(flight.key) ?? [];
    this.#queues.set(flight.key, [...queue, flight]);
    return queue.length === 0;
  }

  /** @returns whose turn it is then, if it was the flight's */
  leave(flight: Flight): Flight | undefined {
    const queue = this.#queues.get(flight.key) ?? [];
    const rest = queue.filter((other) => other !== flight);
    this.#queues.set(flight.key, rest);
    return queue[0] === flight ? rest[0] : undefined;
  }
}
