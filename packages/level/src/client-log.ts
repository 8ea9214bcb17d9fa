import { crc32 } from "node:zlib";
import { publishError } from "@class-cache/mapping";
import type { Database } from "./database.ts";
import { clientRow, rowsWithPrefix } from "./row-keys.ts";

/**
 * How long a guest's log outlives its connection. Longer than the age at which a guest gives up a
 * write, so that no write comes again whose log is gone.
 */
const KEPT_MS = 600_000;

/** The writes of a guest that were applied and that it may still send again. */
export class Client {
  readonly id: string;
  /** The number of the newest write that was taken on. Numbers only grow. */
  last = 0;
  /** What was taken on, by number: how many changes had an effect. */
  readonly outcomes: Map<number, Promise<number>> = new Map();
  /** What was applied, by number. Written in one step with the changes themselves. */
  readonly #applied = new Map<number, number>();

  constructor(id: string, row: Buffer | undefined) {
    this.id = id;
    if (row === undefined || row.length < 4) return;
    if (crc32(row.subarray(4)) !== row.readUInt32LE(0)) return;
    for (let at = 4; at + 12 <= row.length; at += 12) {
      const number = row.readDoubleLE(at);
      const outcome = row.readUInt32LE(at + 8);
      this.#applied.set(number, outcome);
      this.outcomes.set(number, Promise.resolve(outcome));
      this.last = Math.max(this.last, number);
    }
  }

  /** Forgets what the guest has had the answers of. */
  acknowledge(oldestOpen: number): void {
    for (const number of this.outcomes.keys()) {
      if (number >= oldestOpen) break;
      this.outcomes.delete(number);
    }
    for (const number of this.#applied.keys()) {
      // The newest stays: it tells a write that comes too late.
      if (number >= oldestOpen || number === this.last) break;
      this.#applied.delete(number);
    }
  }

  /** Notes that a write is in the batch that is being made. */
  note(number: number, outcome: number): void {
    this.#applied.set(number, outcome);
  }

  /** The log's row, to be written with what was noted. */
  encode(): Buffer {
    const row = Buffer.alloc(4 + 12 * this.#applied.size);
    let at = 4;
    for (const [number, outcome] of this.#applied) {
      row.writeDoubleLE(number, at);
      row.writeUInt32LE(outcome, at + 8);
      at += 12;
    }
    row.writeUInt32LE(crc32(row.subarray(4)), 0);
    return row;
  }
}

/** Knows the guests that have written, those of earlier owners included. */
export class ClientLog {
  readonly #database: Database;
  readonly #forget: (client: Client) => void;
  readonly #clients = new Map<string, Client>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Guests go after the end as well, and by then the database is not to be used any more. */
  #closed = false;

  /** @param forget deletes the row of a guest that will not come back */
  constructor(database: Database, forget: (client: Client) => void) {
    this.#database = database;
    this.#forget = forget;
  }

  /** Begins to wait for the guests of earlier owners. */
  async load(): Promise<void> {
    for await (const rows of this.#database.scan(rowsWithPrefix(clientRow("")))) {
      for (const [row] of rows) this.leave(row.slice(1));
    }
  }

  /** Guests that are here and have written. */
  get present(): number {
    return Math.max(0, this.#clients.size - this.#timers.size);
  }

  /** The log of a guest that is here. */
  enter(id: string): Client {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    let client = this.#clients.get(id);
    if (client === undefined) {
      client = new Client(id, this.#database.read(clientRow(id)));
      this.#clients.set(id, client);
    }
    return client;
  }

  /** A guest's connection has ended. */
  leave(id: string): void {
    if (this.#closed) return;
    clearTimeout(this.#timers.get(id));
    const forget = (): void => {
      try {
        this.forget(id);
      } catch (error) {
        // The row stays, which the next owner removes.
        publishError(error as Error);
      }
    };
    this.#timers.set(id, setTimeout(forget, KEPT_MS).unref());
  }

  /** A guest will not come back. */
  forget(id: string): void {
    if (this.#closed) return;
    const client = this.enter(id);
    this.#clients.delete(id);
    if (client.last > 0) this.#forget(client);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
