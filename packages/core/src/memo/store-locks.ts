import { hash } from "node:crypto";
import type { Backend } from "@class-cache/mapping";
import { nameOf } from "./invalidation-log.ts";
import { ShortLeases } from "./short-leases.ts";

/** Of one id. More let more results be stored at once; all are taken to clear. */
const SHARDS = 64;

const byBackend = new WeakMap<Backend, StoreLocks>();

/**
 * Locks among all processes under which results are stored and changed. A result is stored under the lock of
 * its key, after a look whether it was invalidated; an invalidation is noted first and then done under the
 * same lock: so it is either seen by that look, or meets what was stored.
 *
 * Whoever holds one asks for no other lease.
 */
export class StoreLocks {
  readonly #leases: ShortLeases;

  private constructor(backend: Backend) {
    this.#leases = ShortLeases.of(backend);
  }

  static of(backend: Backend): StoreLocks {
    let locks = byBackend.get(backend);
    if (locks === undefined) {
      locks = new StoreLocks(backend);
      byBackend.set(backend, locks);
    }
    return locks;
  }

  /** Stores one result. @throws as `ShortLeases` where other processes keep the lock for long */
  async whileStoring<T>(id: string, key: string, store: () => Promise<T>): Promise<T> {
    await using _lock = await this.#leases.take(nameOfLock(id, shardOf(key)), false);
    return await store();
  }

  /** Changes one result, or without a key any. @param isPatient see `ShortLeases` */
  async whileChanging<T>(
    id: string,
    key: string | undefined,
    isPatient: boolean,
    change: () => Promise<T>,
  ): Promise<T> {
    const shards = key === undefined ? Array.from(Array(SHARDS).keys()) : [shardOf(key)];
    const names = shards.map((shard) => nameOfLock(id, shard));
    return this.#under(names, isPatient, change);
  }

  async #under<T>(
    [name, ...others]: readonly string[],
    isPatient: boolean,
    change: () => Promise<T>,
  ): Promise<T> {
    if (name === undefined) return change();
    await using _lock = await this.#leases.take(name, isPatient);
    return await this.#under(others, isPatient, change);
  }
}

function nameOfLock(id: string, shard: number): string {
  return `store ${shard} ${nameOf(id)}`;
}

function shardOf(key: string): number {
  return Number.parseInt(hash("sha256", key, "hex").slice(0, 8), 16) % SHARDS;
}
