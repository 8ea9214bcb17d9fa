import type {
  Entry,
  Key,
  MutableMapping,
  PruneLimits,
  PruneReport,
  RecordInfo,
  SetOptions,
} from "@class-cache/mapping";

/** Does everything by another mapping. A fault is a subclass that does one thing otherwise. */
export class ForwardingMapping implements MutableMapping<Key, unknown> {
  protected readonly inner: MutableMapping<Key, unknown>;

  constructor(inner: MutableMapping<Key, unknown>) {
    this.inner = inner;
  }

  get id(): string {
    return this.inner.id;
  }

  get(key: Key): Promise<unknown> {
    return this.inner.get(key);
  }

  lookup(key: Key): Promise<Entry<unknown> | undefined> {
    return this.inner.lookup(key);
  }

  has(key: Key): Promise<boolean> {
    return this.inner.has(key);
  }

  set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
    return this.inner.set(key, value, options);
  }

  delete(key: Key): Promise<boolean> {
    return this.inner.delete(key);
  }

  clear(): Promise<void> {
    return this.inner.clear();
  }

  size(): Promise<number> {
    return this.inner.size();
  }

  keys(): AsyncIterableIterator<Key> {
    return this.inner.keys();
  }

  values(): AsyncIterableIterator<unknown> {
    return this.inner.values();
  }

  entries(): AsyncIterableIterator<[Key, unknown]> {
    return this.inner.entries();
  }

  records(): AsyncIterableIterator<RecordInfo<Key>> {
    return this.inner.records();
  }

  [Symbol.asyncIterator](): AsyncIterator<[Key, unknown]> {
    return this.entries();
  }

  getMany(keys: Iterable<Key>): Promise<unknown[]> {
    return this.inner.getMany(keys);
  }

  hasMany(keys: Iterable<Key>): Promise<boolean[]> {
    return this.inner.hasMany(keys);
  }

  setMany(entries: Iterable<readonly [Key, unknown]>, options?: SetOptions): Promise<void> {
    return this.inner.setMany(entries, options);
  }

  deleteMany(keys: Iterable<Key>): Promise<number> {
    return this.inner.deleteMany(keys);
  }

  pop(key: Key): Promise<unknown> {
    return this.inner.pop(key);
  }

  setDefault(key: Key, value: unknown): Promise<unknown> {
    return this.inner.setDefault(key, value);
  }

  prune(limits?: PruneLimits): Promise<PruneReport> {
    return this.inner.prune(limits);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
