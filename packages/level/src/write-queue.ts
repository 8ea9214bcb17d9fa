import { StoreError } from "@class-cache/mapping";
import { applyChange } from "./apply-change.ts";
import type { Catalog } from "./catalog.ts";
import type { Client } from "./client-log.ts";
import type { Database } from "./database.ts";
import { Draft } from "./draft.ts";
import type { RequestOf } from "./requests.ts";
import type { Tallies } from "./tallies.ts";

/** Bounds what is written in one batch, and with it how long the next waits. */
const MOST_BYTES: number = 4 * 1024 * 1024;
const MOST_TASKS = 2000;

/** What the queue asks and tells. */
export interface WriteEvents {
  /** Whether the database is still in its place. */
  isCurrent(): boolean;
  onWritten(draft: Draft): void;
  /** No more writes are taken. */
  onFailed(): void;
}

interface Task {
  /** @returns how many changes had an effect */
  readonly apply: (draft: Draft) => number;
  /** Whether it has to be the first of its batch. */
  readonly isFirst: boolean;
  readonly settle: (outcome: number | undefined, error?: Error) => void;
}

/**
 * Orders all writes of a store. One batch is under way at a time; what comes meanwhile is the next
 * batch. So a condition always sees every write before it, and nothing else is ever in between.
 */
export class WriteQueue {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #tallies: Tallies;
  readonly #events: WriteEvents;
  #tasks: Task[] = [];
  /** Invariant: defined exactly while a batch is under way or about to be. */
  #running: Promise<void> | undefined;
  #failed: Error | undefined;

  constructor(database: Database, catalog: Catalog, tallies: Tallies, events: WriteEvents) {
    this.#database = database;
    this.#catalog = catalog;
    this.#tallies = tallies;
    this.#events = events;
  }

  /** @returns how many changes had an effect, once they are written */
  write({ id, changes }: RequestOf<"write">, client?: Client, number = 0): Promise<number> {
    return this.run((draft) => {
      let outcome = 0;
      for (const change of changes) outcome += applyChange(draft, id, change);
      if (client !== undefined) draft.note(client, number, outcome);
      return outcome;
    });
  }

  /** Does something while no write is under way and none is prepared. */
  async between(work: () => void): Promise<void> {
    const apply = (): number => {
      work();
      return 0;
    };
    await this.run(apply, true);
  }

  /** Adds to a batch, behind all that was asked for before. */
  run(apply: (draft: Draft) => number, isFirst: boolean = false): Promise<number> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: number | undefined, error?: Error): void => {
        if (outcome === undefined) reject(error);
        else resolve(outcome);
      };
      this.#tasks.push({ apply, isFirst, settle });
      // Begins behind the current microtasks, so that writes of one tick share a batch.
      this.#running ??= Promise.resolve().then(() => this.#drain());
    });
  }

  /** Resolves when all is written that was asked for. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #drain(): Promise<void> {
    while (this.#tasks.length > 0) await this.#writeBatch();
    this.#running = undefined;
  }

  async #writeBatch(): Promise<void> {
    const draft = new Draft(this.#database, this.#catalog, this.#tallies);
    const outcomes: number[] = [];
    const taken: Task[] = [];
    try {
      if (this.#failed !== undefined) throw this.#failed;
      let count = 0;
      while (count < this.#tasks.length && count < MOST_TASKS && draft.bytes < MOST_BYTES) {
        const task = this.#tasks[count]!;
        if (task.isFirst && count > 0) break;
        taken.push(task);
        count += 1;
        outcomes.push(task.apply(draft));
      }
      this.#tasks = this.#tasks.slice(count);
      draft.finish();
      if (!this.#events.isCurrent()) throw removed(this.#database.path);
      if (draft.changes.length > 0) await this.#database.write(draft.changes, draft.bytes);
      draft.commit();
      for (const [index, task] of taken.entries()) task.settle(outcomes[index]);
      this.#events.onWritten(draft);
    } catch (error) {
      this.#fail(error as Error, taken);
    }
  }

  /** After a failed write LevelDB takes no more; whoever opens it anew finds what was acknowledged. */
  #fail(error: Error, taken: readonly Task[]): void {
    this.#failed ??= error;
    const tasks = new Set([...taken, ...this.#tasks]);
    this.#tasks = [];
    for (const task of tasks) task.settle(undefined, error);
    this.#events.onFailed();
  }
}

function removed(path: string): StoreError {
  return new StoreError(`${path} was removed while it was in use; the next write makes it anew.`);
}
