import { types } from "node:util";
import type {
  Awaitable,
  Budget,
  Key,
  MappingSettings,
  StoredEntry,
  StoredRecord,
  UseCounter,
} from "@class-cache/mapping";
import { BaseMapping, DamagedError, isLive, StoreError } from "@class-cache/mapping";
import type { Access } from "./access.ts";
import { allRecords } from "./all-records.ts";
import { decodeHead, decodeRecord, encodeRecord, recordSeed } from "./record.ts";
import { freshMemory } from "./record-memory.ts";
import type { Change, RequestKind, RequestOf, Results } from "./requests.ts";

/** Bytes of encoded values that one write may have: it has to fit in one message to the owner. */
const MOST_WRITTEN_BYTES: number = 256 * 1024 * 1024;

/** Entries that are deleted in one step at most. */
const MOST_EVICTED = 5000;

/** A handle of a mapping that lies in a LevelDB store. */
export class LevelMapping<K extends Key, V> extends BaseMapping<K, V> {
  readonly #access: Access;
  readonly #budget: Budget | undefined;
  readonly #seed: number;

  constructor(
    id: string,
    settings: MappingSettings,
    access: Access,
    budget: Budget | undefined,
    uses: UseCounter | undefined,
  ) {
    super(id, settings, uses);
    this.#access = access;
    this.#budget = budget;
    this.#seed = recordSeed(id);
  }

  protected _lookup(key: string): Awaitable<StoredEntry | undefined> {
    const record = this.#access.lookup(this.id, key, this.settings.onError);
    if (types.isPromise(record)) return record.then((found) => this.#entry(key, found));
    return this.#entry(key, record);
  }

  protected override async _lookupMany(
    keys: readonly string[],
  ): Promise<(StoredEntry | undefined)[]> {
    const records = await this.#perform<"lookup">({ kind: "lookup", id: this.id, keys });
    return keys.map((key, index) => this.#entry(key, records[index]));
  }

  protected override _has(key: string, now: number): Awaitable<boolean> {
    const head = this.#access.head(this.id, key, this.settings.onError);
    if (types.isPromise(head)) return head.then((found) => this.#isLive(key, found, now));
    return this.#isLive(key, head, now);
  }

  protected override async _hasMany(keys: readonly string[], now: number): Promise<boolean[]> {
    const records = await this.#perform<"heads">({ kind: "heads", id: this.id, keys });
    return keys.map((key, index) => this.#isLive(key, records[index], now));
  }

  protected override _size(now: number): Promise<number> {
    return this.#perform<"size">({ kind: "size", id: this.id, now });
  }

  protected _records(): AsyncIterable<StoredRecord> {
    return allRecords(this.#access, this.id, (key) => this.#reportDamage(key));
  }

  protected _set(key: string, entry: StoredEntry): Promise<void> {
    // Nobody reads the number; a promise without it would be one more to wait for.
    return this.#put([[key, entry]], false) as Promise<unknown> as Promise<void>;
  }

  protected override async _setMany(
    entries: readonly (readonly [string, StoredEntry])[],
  ): Promise<void> {
    if (entries.length > 0) await this.#put(entries, false);
  }

  protected override async _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    for (;;) {
      if ((await this.#put([[key, entry]], true)) > 0) return undefined;
      const record = await this.#access.lookup(this.id, key, this.settings.onError);
      if (record === undefined) continue;
      const present = decodeRecord(this.#seed, key, record);
      if (present === undefined) {
        // Its head counts, its value is lost: then the new one takes its place.
        this.#reportDamage(key);
        await this._set(key, entry);
        return undefined;
      }
      if (isLive(present, entry.storedAt)) return present;
    }
  }

  protected async _delete(key: string, now: number): Promise<boolean> {
    return (await this.#write([{ kind: "delete", key, now }], 0)) > 0;
  }

  protected override async _deleteMany(keys: readonly string[], now: number): Promise<number> {
    if (keys.length === 0) return 0;
    const changes = keys.map((key): Change => ({ kind: "delete", key, now }));
    return this.#write(changes, 0);
  }

  protected async _clear(): Promise<void> {
    await this.#write([{ kind: "clear" }], 0);
  }

  protected async _evict(records: readonly StoredRecord[]): Promise<void> {
    for (let first = 0; first < records.length; first += MOST_EVICTED) {
      const some = records.slice(first, first + MOST_EVICTED);
      const changes = some.map(({ key, storedAt }): Change => ({ kind: "evict", key, storedAt }));
      await this.#write(changes, 0);
    }
  }

  protected override async _compact(): Promise<void> {
    await this.#perform<"compact">({ kind: "compact", id: this.id });
  }

  /** Writes entries within the limits. @returns how many were written */
  #put(entries: readonly (readonly [string, StoredEntry])[], ifAbsent: boolean): Promise<number> {
    const budget = this.#budget;
    // What a budget lets wait must not lie where other records will.
    const allot = budget === undefined ? this.#access.allot : freshMemory;
    const changes = entries.map(([key, entry]): Change => ({
      kind: "set",
      key,
      ifAbsent,
      record: encodeRecord(this.#seed, key, entry, allot),
    }));
    let bytes = 0;
    for (const [, { value }] of entries) bytes += value.byteLength;
    if (budget === undefined) return this.#write(changes, bytes);
    return Promise.resolve(budget.write(entries.length, bytes, () => this.#write(changes, bytes)));
  }

  /** @returns how many of the changes had an effect */
  #write(changes: readonly Change[], bytes: number): Promise<number> {
    if (bytes > MOST_WRITTEN_BYTES) {
      throw new StoreError(
        `A write of ${bytes} bytes to the mapping ${JSON.stringify(this.id)} is over the ` +
          `${MOST_WRITTEN_BYTES} that the LevelDB backend takes at once. Write less in one call.`,
      );
    }
    return this.#perform<"write">({ kind: "write", id: this.id, changes });
  }

  #perform<K extends RequestKind>(request: RequestOf<K>): Promise<Results[K]> {
    return this.#access.perform<K>(request, this.settings.onError);
  }

  #entry(key: string, record: Uint8Array | undefined): StoredEntry | undefined {
    if (record === undefined) return undefined;
    const entry = decodeRecord(this.#seed, key, record);
    if (entry === undefined) this.#reportDamage(key);
    return entry;
  }

  #isLive(key: string, record: Uint8Array | undefined, now: number): boolean {
    if (record === undefined) return false;
    const head = decodeHead(this.#seed, key, record);
    if (head === undefined) this.#reportDamage(key);
    return head !== undefined && isLive(head, now);
  }

  #reportDamage(key: string): void {
    const what = `The record of ${key} in the mapping ${JSON.stringify(this.id)}`;
    this.settings.onError(new DamagedError(what));
  }
}
