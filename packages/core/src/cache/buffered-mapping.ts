import type {
  Awaitable,
  Backend,
  CodecContext,
  Entry,
  Key,
  MappingSettings,
  MutableMapping,
  PruneLimits,
  PruneReport,
  StoredEntry,
  StoredRecord,
} from "@class-cache/mapping";
import {
  BaseMapping,
  ClosedError,
  decodeKey,
  encodeKey,
  isLive,
  planEviction,
} from "@class-cache/mapping";
import { types } from "node:util";
import type { BufferLimits, ReportOperation } from "./change-writer.ts";
import { ChangeWriter } from "./change-writer.ts";
import type { ChangeLayer } from "./pending-changes.ts";
import { PendingChanges } from "./pending-changes.ts";

/**
 * Holds changes to the mapping below back until `flush()`. The mapping below is opened with the codec
 * `rawBytes`: values are encoded and decoded here.
 */
export class BufferedMapping<K extends Key, V> extends BaseMapping<K, V> {
  /** The backend that the mapping below was opened from. */
  readonly backend: Backend;
  readonly #below: MutableMapping<K, Uint8Array>;
  readonly #changes = new PendingChanges();
  readonly #writer: ChangeWriter<K>;
  readonly #report: ReportOperation;
  #closing: Promise<void> | undefined;

  /**
   * @param settings `lifetime` must be this mapping's own; `close()` ends it
   * @param report must not throw
   */
  constructor(
    backend: Backend,
    below: MutableMapping<K, Uint8Array>,
    settings: MappingSettings,
    limits: BufferLimits,
    report: ReportOperation,
  ) {
    super(below.id, settings);
    this.backend = backend;
    this.#below = below;
    this.#report = report;
    this.#writer = new ChangeWriter(below, this.#changes, settings.clock, limits, report);
  }

  /** Writes out all changes made so far. When it rejects, what was not written is still held. */
  async flush(): Promise<void> {
    this.#refuseClosed();
    await this.#writer.flush();
  }

  /**
   * `lookup` for callers who can do without: a failure to read from below is reported and counts as
   * absence.
   * @param key the canonical text of a key
   */
  async peek(key: string): Promise<Entry<V> | undefined> {
    try {
      return await this.lookup(decodeKey(key) as K);
    } catch (error) {
      if (error instanceof ClosedError) throw error;
      this.#report(error as Error, "lookup");
      return undefined;
    }
  }

  /**
   * The bytes that stand for the value, for `remember`.
   * @param key the canonical text of a key
   */
  async encode(key: string, value: V): Promise<Uint8Array> {
    return this.settings.codec.encode(value, this.#context(key));
  }

  /**
   * Stores a computed value, unless the key has a value by now or the mapping has been closed. It
   * always answers: a failure to read from below has been reported by the `peek` before.
   * @param key the canonical text of a key
   * @returns a private copy of the value that the key has now
   */
  async remember(key: string, bytes: Uint8Array, cost: number): Promise<V> {
    const { codec, clock, lifetime } = this.settings;
    const present = await this.#decide(
      key,
      () => this.lookup(decodeKey(key) as K).catch(() => undefined),
      (found) => {
        if (found === undefined && !lifetime.ended) {
          const entry = { value: bytes, storedAt: clock.now(), expiresAt: undefined, cost };
          this.#changes.set(key, entry);
        }
        return found;
      },
    );
    await this.#writer.makeRoom();
    return present === undefined
      ? ((await codec.decode(bytes, this.#context(key))) as V)
      : present.value;
  }

  override async pop(key: K): Promise<V | undefined> {
    const popped = await this.#decide(
      encodeKey(key),
      () => this.lookup(key),
      (entry, text) => {
        if (entry !== undefined) this.#delete(text);
        return entry?.value;
      },
    );
    await this.#writer.makeRoom();
    return popped;
  }

  override async prune(limits: PruneLimits = {}): Promise<PruneReport> {
    this.#refuseClosed();
    return this.#writer.exclusively(async () => {
      const held = { maxBytes: Infinity, maxEntries: Infinity, maxAge: limits.maxAge ?? Infinity };
      const plan = planEviction(
        recordsOf(this.#changes.snapshot()),
        held,
        this.settings.clock.now(),
      );
      this._evict([...plan.expired, ...plan.evicted]);
      await this.#writer.writeAll();
      const report = await this.#below.prune(limits);
      return {
        ...report,
        removed: report.removed + plan.expired.length + plan.evicted.length,
        expired: report.expired + plan.expired.length,
      };
    });
  }

  /** When the last flush fails, it rejects, the mapping stays open and holds what was not written. */
  override close(): Promise<void> {
    this.#closing ??= this.#endOrStay();
    return this.#closing;
  }

  protected override async _close(): Promise<void> {
    await this.#below.close();
  }

  protected _lookup(key: string): Awaitable<StoredEntry | undefined> {
    const change = this.#changes.find(key);
    return change === undefined ? this.#below.lookup(decodeKey(key) as K) : change.entry;
  }

  protected override _lookupMany(keys: readonly string[]): Promise<(StoredEntry | undefined)[]> {
    return Promise.all(keys.map(async (key) => this._lookup(key)));
  }

  protected override async _touch(uses: readonly (readonly [string, number])[]): Promise<void> {
    await this.#below.touch?.(uses.map(([key, times]) => [decodeKey(key) as K, times]));
  }

  protected override _has(key: string, now: number): Awaitable<boolean> {
    const change = this.#changes.find(key);
    if (change === undefined) return this.#below.has(decodeKey(key) as K);
    return change.entry !== undefined && isLive(change.entry, now);
  }

  protected override async _hasMany(keys: readonly string[], now: number): Promise<boolean[]> {
    const known = keys.map((key) => this.#changes.find(key));
    const stored = await this.#storedBelow(keys.filter((_, index) => known[index] === undefined));
    return keys.map((key, index) => {
      const change = known[index];
      if (change === undefined) return stored.has(key);
      return change.entry !== undefined && isLive(change.entry, now);
    });
  }

  protected _set(key: string, entry: StoredEntry): Awaitable<void> {
    this.#refuseClosed();
    this.#changes.set(key, entry);
    return this.#writer.makeRoom();
  }

  protected override async _setMany(
    entries: readonly (readonly [string, StoredEntry])[],
  ): Promise<void> {
    this.#refuseClosed();
    for (const [key, entry] of entries) this.#changes.set(key, entry);
    await this.#writer.makeRoom();
  }

  protected override async _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    const present = await this.#decide(
      key,
      () => this._lookup(key),
      (found) => {
        if (found !== undefined && isLive(found, entry.storedAt)) return found;
        this.#refuseClosed();
        this.#changes.set(key, entry);
        return undefined;
      },
    );
    await this.#writer.makeRoom();
    return present;
  }

  protected async _delete(key: string, now: number): Promise<boolean> {
    const existed = await this.#decide(
      key,
      () => this._has(key, now),
      (exists) => {
        if (exists) this.#delete(key);
        return exists;
      },
    );
    await this.#writer.makeRoom();
    return existed;
  }

  protected _clear(): void {
    this.#changes.clear();
  }

  protected override _size(now: number): Promise<number> {
    return this.#writer.exclusively(async () => {
      const { cleared, changes } = this.#changes.snapshot();
      let live = 0;
      for (const { entry } of changes.values()) {
        if (entry !== undefined && isLive(entry, now)) live += 1;
      }
      if (cleared !== undefined) return live;
      const hidden = await this.#storedBelow([...changes.keys()]);
      return (await this.#below.size()) - hidden.size + live;
    });
  }

  protected async *_records(): AsyncIterable<StoredRecord> {
    const start = this.#changes.snapshot();
    for (const record of recordsOf(start)) {
      const change = this.#changes.find(record.key);
      if (change === undefined) yield record;
      else if (change.entry !== undefined) yield recordOf(record.key, change.entry);
    }
    if (start.cleared !== undefined) return;
    for await (const { key, ...info } of this.#below.records()) {
      const text = encodeKey(key);
      if (start.changes.has(text)) continue;
      const change = this.#changes.find(text);
      if (change === undefined) yield { key: text, ...info };
      else if (change.entry !== undefined) yield recordOf(text, change.entry);
    }
  }

  /** Only ever given records of changes that are held. */
  protected _evict(records: readonly StoredRecord[]): void {
    for (const { key, storedAt } of records) {
      if (this.#changes.find(key)?.entry?.storedAt === storedAt) this.#changes.delete(key);
    }
  }

  /**
   * Looks, which may take time, and then acts in one step, with the certainty that nothing has
   * happened to the key in between.
   */
  async #decide<T, R>(
    key: string,
    look: () => Awaitable<T>,
    act: (found: T, key: string) => R,
  ): Promise<R> {
    for (;;) {
      const mark = this.#changes.mark(key);
      const looking = look();
      const found = types.isPromise(looking) ? await looking : looking;
      if (mark.holds()) return act(found, key);
    }
  }

  #context(key: string): CodecContext {
    return { id: this.id, key };
  }

  #delete(key: string): void {
    this.#refuseClosed();
    this.#changes.delete(key);
  }

  async #storedBelow(texts: readonly string[]): Promise<Set<string>> {
    if (texts.length === 0) return new Set();
    const stored = await this.#below.hasMany(texts.map((text) => decodeKey(text) as K));
    return new Set(texts.filter((_, index) => stored[index]));
  }

  async #endOrStay(): Promise<void> {
    const { lifetime } = this.settings;
    lifetime.ended = true;
    try {
      await this.#writer.flush();
    } catch (error) {
      lifetime.ended = false;
      this.#closing = undefined;
      throw error;
    }
    await super.close();
  }

  #refuseClosed(): void {
    if (this.settings.lifetime.ended) throw new ClosedError(`The cache ${JSON.stringify(this.id)}`);
  }
}

function* recordsOf({ changes }: ChangeLayer): Iterable<StoredRecord> {
  for (const [key, { entry }] of changes) if (entry !== undefined) yield recordOf(key, entry);
}

function recordOf(key: string, entry: StoredEntry): StoredRecord {
  const { storedAt, expiresAt, cost } = entry;
  return { key, bytes: entry.value.byteLength, storedAt, expiresAt, cost };
}
