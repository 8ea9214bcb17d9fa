import { hash } from "node:crypto";
import type { Backend } from "@class-cache/mapping";
import { nameOf } from "./invalidation-log.ts";

/** Of one id. More let more results be stored at once; all are taken to clear. */
const SHARDS = 64;

/** A process that stores holds its lock for a fraction of a millisecond, unless it was stopped. */
const PATIENCE_MS = 5000;

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

  /** Stores one result. @throws TimeoutError where another process holds the lock for seconds */
  async whileStoring<T>(id: string, key: string, store: () => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await using _lock = await this.#backend.lease(nameOfLock(id, shardOf(key)), { signal });
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
    await using _lock = await this.#backend.lease(name);
    return await this.#under(others, change);
  }
}

function nameOfLock(id: string, shard: number): string {
  return `store ${shard} ${nameOf(id)}`;
}

function shardOf(key: string): number {
  return Number.parseInt(hash("sha256", key, "hex").slice(0, 8), 16) % SHARDS;
}
