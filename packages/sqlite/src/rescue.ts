import { existsSync, statSync } from "node:fs";
import type { Damage, Lease, ReportError } from "@class-cache/mapping";
import { DamagedError, Inspection, publishError, StoreError } from "@class-cache/mapping";
import type { Connection } from "./connection.ts";
import { closeAll, layoutOf } from "./connection.ts";
import { openDatabase } from "./database-file.ts";
import { inspectDatabase } from "./inspect-database.ts";
import { logDamage, mendLog } from "./log/left-log.ts";
import { mendHead } from "./mend-first-page.ts";
import { reportsOf } from "./open-handles.ts";
import { rebuildDatabase } from "./rebuild-database.ts";
import { isDamage, storeError } from "./sqlite-error.ts";

/** Pause between two mendings of one file, which doubles with each that follows soon. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 60_000;

/** The longest that a timer of Node.js can run. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const HEAD_DAMAGED = {
  problem: "What the file begins with is damaged.",
  code: "ERR_DAMAGED",
} as const;

/** What came of mending a store. */
export interface Mending {
  /** Whether it is worth while to try again what found the damage. */
  readonly isDone: boolean;
  /** What was in the way, and may pass, as a full disk: it is tried again later. */
  readonly obstacle?: StoreError;
}

const DONE: Mending = { isDone: true };
const HOPELESS: Mending = { isDone: false };

/**
 * Mends a store in which something has just found damage, as `repair()` does, while whoever wants something
 * of it waits: what is intact is there afterwards. One process at a time does it for all.
 */
export class Rescue {
  readonly #connection: Connection;
  readonly #busyTimeout: number;
  readonly #lease: (signal: AbortSignal) => Promise<Lease>;
  #running: Promise<Mending> | undefined;
  /** Of those who wait for it. */
  readonly #waiting = new Set<ReportError>();
  /** The file as it was when it could not be mended. */
  #hopeless: string | undefined;
  /** What was in the way of the last try. */
  #obstacle: StoreError | undefined;
  #pause = FIRST_PAUSE_MS;
  /** By `performance.now()`. */
  #notBefore = -Infinity;

  /** @param lease the right to be the only one that mends the store */
  constructor(
    connection: Connection,
    busyTimeout: number,
    lease: (signal: AbortSignal) => Promise<Lease>,
  ) {
    this.#connection = connection;
    this.#busyTimeout = busyTimeout;
    this.#lease = lease;
  }

  /**
   * Tells the channel of what was damaged, unless another process is told, and so that no handle which had an
   * entry of it misses it without a word, the open ones of the mapping: that of an entry which nothing tells
   * any more is not known.
   *
   * @param report told of the damage as a whole, and of what is in the way of mending it
   * @returns never rejects
   */
  mend(error: Error, report: ReportError): Promise<Mending> {
    this.#waiting.add(report);
    this.#running ??= this.#tryToMend(error).finally(() => {
      this.#running = undefined;
      this.#waiting.clear();
    });
    return this.#running;
  }

  /** Waits until nothing is being mended. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #tryToMend(error: Error): Promise<Mending> {
    const { path } = this.#connection;
    if (fileOf(path) === this.#hopeless) return HOPELESS;
    if (performance.now() < this.#notBefore) return hindered(this.#obstacle);
    this.#obstacle = undefined;
    try {
      await using _lease = await this.#leased();
      const isDone = await this.#mendAlone(error);
      this.#hopeless = isDone ? undefined : fileOf(path);
      return isDone ? DONE : HOPELESS;
    } catch (cause) {
      const refusal = storeError("mend", path, cause);
      if (refusal instanceof StoreError) return this.#meet(refusal);
      this.#hopeless = fileOf(path);
      return HOPELESS;
    } finally {
      this.#connection.bear();
    }
  }

  /**
   * @throws StoreError when another process that mends it does not come to an end, and also where it is the
   * leases that are damaged: the store may be mended yet
   */
  async #leased(): Promise<Lease> {
    const signal = AbortSignal.timeout(Math.min(Math.ceil(this.#busyTimeout), LONGEST_TIMER_MS));
    try {
      return await this.#lease(signal);
    } catch (cause) {
      if (cause !== signal.reason) throw new StoreError((cause as Error).message, { cause });
      const { path } = this.#connection;
      throw new StoreError(
        `Cannot mend ${path}: another process has been at it for ${this.#busyTimeout} ms (busyTimeout); it may be stopped.`,
        { cause },
      );
    }
  }

  #meet(obstacle: StoreError): Mending {
    this.#obstacle = obstacle;
    this.#waitLonger();
    tell(this.#waiting, obstacle);
    return hindered(obstacle);
  }

  /** @returns whether the file can be used */
  async #mendAlone(error: Error): Promise<boolean> {
    const { path, layout } = this.#connection;
    closeAll(path);
    // A file that has lost its name is not damaged: whoever looks again finds none, or another.
    if (!existsSync(path)) return true;
    const inspection = new Inspection(true, {});
    if (mendLog(path)) inspection.damaged(logDamage(path));
    if (mendHead(path)) inspection.damaged({ id: undefined, where: path, ...HEAD_DAMAGED });
    if (layout === undefined) await this.#inspect(inspection);
    else if (isMendedSince(layout, path)) return true;
    else await this.#rebuild(inspection);
    this.#waitLonger();
    if (layoutNow(path) === undefined) return false;
    const { damages } = inspection.report();
    if (layout !== undefined || damages.length > 0) tell(this.#waiting, error);
    for (const damage of damages) {
      if (damage.id !== undefined) tell(reportsOf(path, damage.id), errorOf(damage));
    }
    return true;
  }

  #inspect(inspection: Inspection): Promise<void> {
    const { path } = this.#connection;
    return inspectDatabase(path, this.#busyTimeout, inspection, () => closeAll(path));
  }

  /** What could be opened and then failed is made anew, whatever else a look at it would say. */
  async #rebuild(inspection: Inspection): Promise<void> {
    try {
      await rebuildDatabase(this.#connection.path, this.#busyTimeout, inspection, inspection);
    } catch {
      await this.#inspect(inspection);
    }
  }

  #waitLonger(): void {
    const now = performance.now();
    if (now - this.#notBefore > LONGEST_PAUSE_MS) this.#pause = FIRST_PAUSE_MS;
    this.#notBefore = now + this.#pause;
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
  }
}

/** Tells the channel and others, each once. What one of them throws is not the affair of the others. */
function tell(reports: Iterable<ReportError>, error: Error): void {
  for (const report of new Set([publishError, ...reports])) {
    try {
      report(error);
    } catch (failure) {
      publishError(failure as Error);
    }
  }
}

function hindered(obstacle: StoreError | undefined): Mending {
  return obstacle === undefined ? HOPELESS : { isDone: false, obstacle };
}

function errorOf({ id, where }: Damage): Error {
  return new DamagedError(`The entry ${where} of the mapping ${JSON.stringify(id)}`);
}

function fileOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}

/** Whether another process has mended a file that had this layout. */
function isMendedSince(layout: number, path: string): boolean {
  const now = layoutNow(path);
  return now !== undefined && now !== layout;
}

/** @returns undefined where SQLite cannot open the file for what is in it */
function layoutNow(path: string): number | undefined {
  try {
    const db = openDatabase(path, "full");
    try {
      return layoutOf(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
