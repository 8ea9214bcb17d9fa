import { hash } from "node:crypto";
import type { Backend, Lease } from "@class-cache/mapping";
import { nameOf } from "./invalidation-log.ts";

/** Of one id. More let more results be stored at once; all are taken to clear. */
const SHARDS = 64;

/**
 * For how long a result waits while this process does not get the lock once. Who stores holds it for a fraction
 * of a millisecond, unless stopped; but a machine that has too much to do lets others come first for seconds.
 */
const PATIENCE_MS = 30_000;
/** The patience is spent in steps: all the time in which the event loop stood still counts as one. */
const STEPS = 10;

const TIMED_OUT = "The lock under which a result is stored was not to be had.";

const byBackend = new WeakMap<Backend, StoreLocks>();

/**
 * Locks among all processes under which results are stored and changed. A result is stored under the lock of
 * its key, after a look whether it was invalidated; an invalidation is noted first and then done under the
 * same lock: so it is either seen by that look, or meets what was stored.
 *
 * Whoever holds one asks for no other lease.
 */
export class StoreLocks {
  readonly #backend: Backend;
  /** How often this process has got each lock. */
  readonly #taken = new Map<string, number>();

  private constructor(backend: Backend) {
    this.#backend = backend;
  }

  static of(backend: Backend): StoreLocks {
    let locks = byBackend.get(backend);
    if (locks === undefined) {
      locks = new StoreLocks(backend);
      byBackend.set(backend, locks);
    }
    return locks;
  }

  /** Stores one result. @throws DOMException "TimeoutError" where other processes keep the lock for long */
  async whileStoring<T>(id: string, key: string, store: () => Promise<T>): Promise<T> {
    await using _lock = await this.#takePatiently(nameOfLock(id, shardOf(key)));
    return await store();
  }

  /** Changes one result, or without a key any. */
  async whileChanging<T>(
    id: string,
    key: string | undefined,
    change: () => Promise<T>,
  ): Promise<T> {
    const shards = key === undefined ? Array.from(Array(SHARDS).keys()) : [shardOf(key)];
    return this.#under(
      shards.map((shard) => nameOfLock(id, shard)),
      change,
    );
  }

  async #under<T>([name, ...others]: readonly string[], change: () => Promise<T>): Promise<T> {
    if (name === undefined) return change();
    await using _lock = await this.#take(name);
    return await this.#under(others, change);
  }

  /** Waits for what this process itself does under the lock, however much that is, and a while for others. */
  async #takePatiently(name: string): Promise<Lease> {
    const giveUp = new AbortController();
    let seen = this.#taken.get(name);
    let left = STEPS;
    const timer = setInterval(() => {
      const taken = this.#taken.get(name);
      left = taken === seen ? left - 1 : STEPS;
      seen = taken;
      if (left === 0) giveUp.abort(new DOMException(TIMED_OUT, "TimeoutError"));
    }, PATIENCE_MS / STEPS);
    try {
      return await this.#take(name, giveUp.signal);
    } finally {
      clearInterval(timer);
    }
  }

  async #take(name: string, signal?: AbortSignal): Promise<Lease> {
    const lock = await this.#backend.lease(name, { signal });
    this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1);
    return lock;
  }
}

function nameOfLock(id: string, shard: number): string {
  return `store ${shard} ${nameOf(id)}`;
}

function shardOf(key: string): number {
  return Number.parseInt(hash("sha256", key, "hex").slice(0, 8), 16) % SHARDS;
}
