import type { StoredRecord, Usage } from "@class-cache/mapping";
import type { Place } from "./catalog.ts";
import type { Database } from "./database.ts";
import { decodeHead } from "./record.ts";
import { entryRow, keyOfEntryRow, rowsWithPrefix } from "./row-keys.ts";

/** What one mapping holds, expired entries included. */
export interface Tally extends Usage {
  /** Entries that expire at some time. */
  readonly expiring: number;
}

class RunningTally implements Tally {
  entries = 0;
  bytes = 0;
  expiring = 0;
  /** Until then it holds only what has changed since the count began. */
  ready: Promise<void> = Promise.resolve();

  add(change: Tally): void {
    this.entries += change.entries;
    this.bytes += change.bytes;
    this.expiring += change.expiring;
  }
}

/** The share of one record in a tally, counted so many times. */
export function tallyOf(record: StoredRecord | undefined, times: 1 | -1): Tally {
  if (record === undefined) return { entries: 0, bytes: 0, expiring: 0 };
  return {
    entries: times,
    bytes: times * record.bytes,
    expiring: record.expiresAt === undefined ? 0 : times,
  };
}

/** Counts a mapping's entries when first asked, and from then on by what is written. */
export class Tallies {
  readonly #database: Database;
  readonly #bySpace = new Map<string, RunningTally>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Told of what was written to a space. */
  add(space: string, change: Tally): void {
    this.#bySpace.get(space)?.add(change);
  }

  forget(space: string): void {
    this.#bySpace.delete(space);
  }

  /** Whether the space is being counted, or has been. */
  has(space: string): boolean {
    return this.#bySpace.has(space);
  }

  /** Begins to count a space. Must be called while no write is under way. */
  begin(place: Place): void {
    const tally = new RunningTally();
    const chunks = this.#database.scan(rowsWithPrefix(entryRow(place.space, "")));
    tally.ready = (async () => {
      for await (const rows of chunks) {
        for (const [row, value] of rows) {
          tally.add(tallyOf(decodeHead(place.seed, keyOfEntryRow(row), value), 1));
        }
      }
    })();
    // Whoever asks for the tally is told; nobody may.
    tally.ready.catch(() => this.#bySpace.delete(place.space));
    this.#bySpace.set(place.space, tally);
  }

  /** The tally of a space that is counted. */
  async get(space: string): Promise<Tally | undefined> {
    const tally = this.#bySpace.get(space);
    await tally?.ready;
    return tally;
  }
}
