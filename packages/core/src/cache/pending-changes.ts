import type { StoredEntry } from "@class-cache/mapping";

/** What is to happen to a key: an entry is to be set, or, without one, the key is to be deleted. */
export interface Change {
  readonly entry: StoredEntry | undefined;
}

/** Changes in the order in which they were made. A clearing of everything comes before all others. */
export interface ChangeLayer {
  cleared: Change | undefined;
  readonly changes: Map<string, Change>;
}

/** Tells whether anything has happened to a key since it was looked at. */
export interface Mark {
  holds(): boolean;
}

/**
 * Changes that a store has not acknowledged. Those that are being written lie below those that came
 * later, so a look always finds the newest, and what could not be written returns without undoing
 * anything newer. Nothing here waits: every method is one step for all that run concurrently.
 */
export class PendingChanges {
  #waiting: ChangeLayer = emptyLayer();
  #departing: ChangeLayer = emptyLayer();
  /** How often the store has acknowledged changes: a change that is gone was then written or undone. */
  #acknowledgements = 0;

  /** How many changes are held, the ones being written included. */
  get size(): number {
    return this.#waiting.changes.size + this.#departing.changes.size;
  }

  get isEmpty(): boolean {
    return isEmpty(this.#waiting) && isEmpty(this.#departing);
  }

  /** The newest change of the key; undefined when the store has the last word. */
  find(key: string): Change | undefined {
    return findIn(this.#waiting, key) ?? findIn(this.#departing, key);
  }

  mark(key: string): Mark {
    const change = this.find(key);
    const acknowledgements = this.#acknowledgements;
    return {
      holds: () =>
        this.find(key) === change &&
        (change !== undefined || this.#acknowledgements === acknowledgements),
    };
  }

  set(key: string, entry: StoredEntry): void {
    this.#record(key, { entry });
  }

  delete(key: string): void {
    if (this.#waiting.cleared === undefined) this.#record(key, { entry: undefined });
    else this.#waiting.changes.delete(key);
  }

  clear(): void {
    this.#waiting = { cleared: { entry: undefined }, changes: new Map() };
  }

  /** All changes as they stand now, the newest of each key. */
  snapshot(): ChangeLayer {
    return merge(this.#departing, this.#waiting);
  }

  /**
   * Puts the oldest changes, so many at most, into the state of being written. `acknowledge` and
   * `restore` end it; only one batch may be on its way at a time.
   */
  depart(count: number): ChangeLayer {
    const { cleared, changes } = this.#waiting;
    const batch: ChangeLayer = { cleared, changes: new Map() };
    for (const [key, change] of changes) {
      if (batch.changes.size >= count) break;
      batch.changes.set(key, change);
      changes.delete(key);
    }
    this.#waiting.cleared = undefined;
    this.#departing = batch;
    return batch;
  }

  /** The store has taken these changes of the departing batch. */
  acknowledge(keys: Iterable<string>): void {
    for (const key of keys) this.#departing.changes.delete(key);
    this.#acknowledgements += 1;
  }

  /** The store has taken the clearing of the departing batch. */
  acknowledgeClear(): void {
    this.#departing.cleared = undefined;
    this.#acknowledgements += 1;
  }

  /** Ends the departure: what was not acknowledged waits again, below what came later. */
  restore(): void {
    if (!isEmpty(this.#departing)) this.#waiting = this.snapshot();
    this.#departing = emptyLayer();
  }

  #record(key: string, change: Change): void {
    this.#waiting.changes.delete(key);
    this.#waiting.changes.set(key, change);
  }
}

function emptyLayer(): ChangeLayer {
  return { cleared: undefined, changes: new Map() };
}

function isEmpty(layer: ChangeLayer): boolean {
  return layer.cleared === undefined && layer.changes.size === 0;
}

function findIn(layer: ChangeLayer, key: string): Change | undefined {
  return layer.changes.get(key) ?? layer.cleared;
}

function merge(older: ChangeLayer, newer: ChangeLayer): ChangeLayer {
  if (newer.cleared !== undefined) {
    return { cleared: newer.cleared, changes: new Map(newer.changes) };
  }
  const changes = new Map(older.changes);
  for (const [key, change] of newer.changes) {
    changes.delete(key);
    changes.set(key, change);
  }
  return { cleared: older.cleared, changes };
}
