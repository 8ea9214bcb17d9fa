import { StoreError } from "@class-cache/mapping";
import { applyChange } from "./apply-change.ts";
import type { Catalog } from "./catalog.ts";
import type { Client } from "./client-log.ts";
import type { Database } from "./database.ts";
import { Draft } from "./draft.ts";
import { RecordMemory } from "./record-memory.ts";
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

const endOfTick: Promise<void> = Promise.resolve();

interface Task {
  /** @returns how many changes had an effect */
  readonly apply: (draft: Draft) => number;
  /** Whether it has to be the first of its batch. */
  readonly isFirst: boolean;
  readonly resolve: (outcome: number) => void;
  readonly reject: (error: Error) => void;
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
  /** Whether a batch is under way or about to be. */
  #isRunning = false;
  readonly #whenIdle: (() => void)[] = [];
  #failed: Error | undefined;
  /** For the records of writes that this is asked for in the same tick. */
  readonly memory: RecordMemory = new RecordMemory();

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
      this.#tasks.push({ apply, isFirst, resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      // Begins behind the current microtasks, so that writes of one tick share a batch.
      void endOfTick.then(this.#writeBatch);
    });
  }

  /** Resolves when all is written that was asked for. */
  async idle(): Promise<void> {
    if (this.#isRunning) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Callbacks, since each `async` function around a write costs it a promise and a turn more. */
  readonly #writeBatch = (): void => {
    const draft = new Draft(this.#database, this.#catalog, this.#tallies);
    const tasks = this.#tasks;
    this.#tasks = [];
    try {
      if (this.#failed !== undefined) throw this.#failed;
      const outcomes: number[] = [];
      let count = 0;
      while (count < tasks.length && count < MOST_TASKS && draft.bytes < MOST_BYTES) {
        const task = tasks[count]!;
        if (task.isFirst && count > 0) break;
        outcomes.push(task.apply(draft));
        count += 1;
      }
      if (count < tasks.length) this.#tasks = tasks.splice(count);
      draft.finish();
      if (!this.#events.isCurrent()) throw removed(this.#database.path);
      const end = (): void => this.#settle(draft, tasks, outcomes);
      if (draft.changes.length === 0) return end();
      const fail = (error: Error): void => this.#fail(error, tasks);
      this.#database.write(draft.changes, draft.bytes).then(end, fail);
    } catch (error) {
      this.#fail(error as Error, tasks);
    }
  };

  #settle(draft: Draft, tasks: readonly Task[], outcomes: readonly number[]): void {
    draft.commit();
    for (const [index, task] of tasks.entries()) task.resolve(outcomes[index]!);
    this.#events.onWritten(draft);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#tasks.length > 0) return void endOfTick.then(this.#writeBatch);
    this.#isRunning = false;
    this.memory.reuse();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** After a failed write LevelDB takes no more; whoever opens it anew finds what was acknowledged. */
  #fail(error: Error, taken: readonly Task[]): void {
    this.#failed ??= error;
    const tasks = [...taken, ...this.#tasks];
    this.#tasks = [];
    for (const task of tasks) task.reject(error);
    this.#events.onFailed();
    this.#goOn();
  }
}

function removed(path: string): StoreError {
  return new StoreError(
    `${path} was removed, or moved, while it was in use; the next write makes it anew.`,
  );
}
