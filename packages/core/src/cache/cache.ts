import { types } from "node:util";
import type {
  Awaitable,
  Backend,
  Entry,
  Key,
  MutableMapping,
  PruneLimits,
  PruneReport,
  RecordInfo,
  SetOptions,
} from "@class-cache/mapping";
import { ClosedError } from "@class-cache/mapping";
import type { BufferedMapping } from "./buffered-mapping.ts";
import type { CacheOptions, CheckedCacheOptions } from "./cache-options.ts";
import { checkCacheOptions } from "./cache-options.ts";
import { escapeId } from "../keys/class-id.ts";
import { configuredBackend } from "../options/configure.ts";
import { exemptHiddenState } from "../keys/hidden-state.ts";
import { openBuffered } from "./open-buffered.ts";
import { callingFile, scopeOf } from "../keys/scope.ts";

/**
 * A mapping that keeps sets and deletes in memory until they are flushed: by `flush()`, by `close()`
 * (or the end of an `await using`), by `prune()`, and, the oldest first, when there are more than
 * `maxItems`. What has not been flushed is lost with the process; what has been is as durable as the
 * backend makes it. Every operation of this cache sees the unflushed changes, other caches of the
 * same id do not. What is read is not held: changes that others have flushed are seen at once.
 *
 * Values are by value: what is held is encoded, so later changes to an object that was set, or got,
 * are not seen by the cache. An entry's time of storing is that of its flush.
 *
 * @throws OptionError from the constructor, for a value that an option does not take
 */
export class Cache<K extends Key, V> implements MutableMapping<K, V> {
  readonly #options: CheckedCacheOptions;
  /** The scope of the default id; undefined where it is not needed. */
  readonly #scope: string | undefined;
  #buffered: BufferedMapping<K, V> | undefined;
  #closed = false;

  constructor(options: CacheOptions = {}) {
    this.#options = checkCacheOptions(options);
    if (options.id === undefined) this.#scope = scopeOf(callingFile(Cache));
  }

  /** The id of the mapping that the cache writes to. */
  get id(): string {
    return this.#options.id ?? `cache~${escapeId(this.#scope ?? "")}`;
  }

  /** Writes all unflushed changes out. When it rejects, what was not written is still held. */
  async flush(): Promise<void> {
    this.#refuseClosed();
    await this.#buffered?.flush();
  }

  get(key: K): Promise<V | undefined> {
    return this.#use((mapping) => mapping.get(key));
  }

  lookup(key: K): Promise<Entry<V> | undefined> {
    return this.#use((mapping) => mapping.lookup(key));
  }

  has(key: K): Promise<boolean> {
    return this.#use((mapping) => mapping.has(key));
  }

  set(key: K, value: V, options?: SetOptions): Promise<void> {
    return this.#use((mapping) => mapping.set(key, value, options));
  }

  delete(key: K): Promise<boolean> {
    return this.#use((mapping) => mapping.delete(key));
  }

  /** Hides all entries at once; they are deleted from the backend by the next flush. */
  clear(): Promise<void> {
    return this.#use((mapping) => mapping.clear());
  }

  size(): Promise<number> {
    return this.#use((mapping) => mapping.size());
  }

  async *keys(): AsyncIterableIterator<K> {
    yield* (await this._open()).keys();
  }

  async *values(): AsyncIterableIterator<V> {
    yield* (await this._open()).values();
  }

  async *entries(): AsyncIterableIterator<[K, V]> {
    yield* (await this._open()).entries();
  }

  async *records(): AsyncIterableIterator<RecordInfo<K>> {
    yield* (await this._open()).records();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<[K, V]> {
    return this.entries();
  }

  getMany(keys: Iterable<K>): Promise<(V | undefined)[]> {
    return this.#use((mapping) => mapping.getMany(keys));
  }

  hasMany(keys: Iterable<K>): Promise<boolean[]> {
    return this.#use((mapping) => mapping.hasMany(keys));
  }

  setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): Promise<void> {
    return this.#use((mapping) => mapping.setMany(entries, options));
  }

  deleteMany(keys: Iterable<K>): Promise<number> {
    return this.#use((mapping) => mapping.deleteMany(keys));
  }

  pop(key: K): Promise<V | undefined> {
    return this.#use((mapping) => mapping.pop(key));
  }

  setDefault(key: K, value: V): Promise<V> {
    return this.#use((mapping) => mapping.setDefault(key, value));
  }

  /** Flushes, then prunes what is stored. */
  prune(limits?: PruneLimits): Promise<PruneReport> {
    return this.#use((mapping) => mapping.prune(limits));
  }

  /**
   * Flushes and ends this cache; the backend stays open. When the flush fails it rejects, and the
   * cache stays open with what was not written, so that closing can be tried again.
   */
  async close(): Promise<void> {
    if (this.#buffered === undefined) this.#closed = true;
    else await this.#buffered.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The mapping that does the work, opened at first use: at once, when the backend is known at once. */
  protected _open(): Awaitable<BufferedMapping<K, V>> {
    this.#refuseClosed();
    if (this.#buffered !== undefined) return this.#buffered;
    const backend = this.#options.backend ?? configuredBackend();
    return types.isPromise(backend)
      ? backend.then((loaded) => this.#openIn(loaded))
      : this.#openIn(backend);
  }

  #openIn(backend: Backend): BufferedMapping<K, V> {
    this.#refuseClosed();
    this.#buffered ??= openBuffered<K, V>(this.id, backend, this.#options);
    return this.#buffered;
  }

  /** Does not wait when it need not: what a caller does next must not come before. */
  async #use<R>(work: (mapping: BufferedMapping<K, V>) => Promise<R>): Promise<R> {
    const opened = this._open();
    return work(types.isPromise(opened) ? await opened : opened);
  }

  #refuseClosed(): void {
    if (this.#closed) throw new ClosedError(`The cache ${JSON.stringify(this.id)}`);
  }
}

exemptHiddenState(Cache);
