import { types } from "node:util";
import type {
  Awaitable,
  Key,
  MappingSettings,
  StoredEntry,
  StoredRecord,
} from "@class-cache/mapping";
import { BaseMapping, DamagedError, isBookkeeping, isLive } from "@class-cache/mapping";
import type { Connection, Store } from "./connection.ts";
import { giveBackPages } from "./give-back-pages.ts";
import { addHandle } from "./open-handles.ts";
import { isSparse, packPages } from "./pack-pages.ts";
import type { Reading } from "./reading.ts";
import type { Rescue } from "./rescue.ts";
import type { Row } from "./row.ts";
import { placeOfRow, Table } from "./table.ts";
import { storeError } from "./sqlite-error.ts";
import type { Touches } from "./touches.ts";
import type { WriteBatch } from "./write-batch.ts";

/** What all mappings of a backend work with. */
export interface Shared {
  readonly connection: Connection;
  readonly reading: Reading;
  readonly batch: WriteBatch;
  readonly rescue: Rescue;
  /** Told of every use of an entry, where there are limits. */
  readonly touches: Touches | undefined;
}

/** Rows that an iteration reads together. */
const PAGE_ROWS = 256;

/** A handle of a mapping in a SQLite store. */
export class SqliteMapping<K extends Key, V> extends BaseMapping<K, V> {
  readonly #shared: Shared;
  readonly #table: Table;
  readonly #leave: () => void;

  constructor(id: string, settings: MappingSettings, shared: Shared) {
    super(id, settings, isBookkeeping(id) ? undefined : shared.touches?.of(id));
    this.#shared = shared;
    this.#table = new Table(id);
    this.#leave = addHandle(shared.connection.path, id, settings);
  }

  protected _lookup(key: string): Awaitable<StoredEntry | undefined> {
    return this.#read((store) => this.#table.lookup(store, key, this.settings.onError), undefined);
  }

  protected override _has(key: string, now: number): Awaitable<boolean> {
    return this.#read((store) => {
      const record = this.#table.record(store, key, this.settings.onError);
      return record !== undefined && isLive(record, now);
    }, false);
  }

  protected _set(key: string, entry: StoredEntry): Promise<void> {
    return this.#shared.batch.add(
      (store, transaction) => this.#table.put(store, key, entry, transaction),
      true,
    );
  }

  protected override _setMany(entries: readonly (readonly [string, StoredEntry])[]): Promise<void> {
    return this.#shared.batch.add((store, transaction) => {
      for (const [key, entry] of entries) this.#table.put(store, key, entry, transaction);
    });
  }

  protected override _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    return this.#shared.batch.add((store, transaction) => {
      const present = this.#table.lookup(store, key, this.settings.onError);
      if (present !== undefined && isLive(present, entry.storedAt)) return present;
      this.#table.put(store, key, entry, transaction);
      return undefined;
    });
  }

  protected _delete(key: string, now: number): Promise<boolean> {
    return this.#shared.batch.add((store) => this.#table.remove(store, key, now), true);
  }

  protected override _deleteMany(keys: readonly string[], now: number): Promise<number> {
    return this.#shared.batch.add(
      (store) => keys.filter((key) => this.#table.remove(store, key, now)).length,
    );
  }

  protected _clear(): Promise<void> {
    return this.#shared.batch.add((store) => this.#table.clear(store));
  }

  protected _evict(records: readonly StoredRecord[]): Promise<void> {
    return this.#shared.batch.add((store) => {
      for (const record of records) this.#table.evict(store, record);
    });
  }

  protected override async _size(now: number): Promise<number> {
    const size = await this.#read((store) => this.#table.size(store, now), undefined);
    return size ?? super._size(now);
  }

  protected async *_records(): AsyncIterable<StoredRecord> {
    for (let last: string | undefined = ""; last !== undefined;) {
      const place: string = last;
      const rows: Row[] = await this.#read(
        (store) => this.#table.rowsAfter(store, place, PAGE_ROWS),
        [],
      );
      for (const row of rows) {
        const record = this.#table.recordOfRow(row) ?? (await this.#recordByValue(row));
        if (record !== undefined) yield record;
      }
      const next = rows.length < PAGE_ROWS ? undefined : placeOfRow(rows.at(-1) ?? []);
      // Places that do not ascend are damage, and would make this go on for ever.
      last =
        next !== undefined && Buffer.compare(Buffer.from(next), Buffer.from(place)) > 0
          ? next
          : undefined;
    }
  }

  protected override async _compact(): Promise<void> {
    const { batch, connection } = this.#shared;
    try {
      if (await this.#read(({ db }) => isSparse(db), false)) {
        await this.#read(({ db }) => packPages(db), undefined);
      }
      const isThere = await this.#read(() => true, false);
      if (isThere) await giveBackPages(batch, () => connection.existing());
    } catch (error) {
      this.#damaged(storeError("compact", connection.path, error), undefined);
    }
  }

  protected override async _close(): Promise<void> {
    await this.#shared.batch.settle();
    this.#leave();
  }

  #recordByValue(row: Row): Awaitable<StoredRecord | undefined> {
    const { onError } = this.settings;
    return this.#read((store) => this.#table.recordByValue(store, row, onError), undefined);
  }

  /** @param otherwise the answer where there is no store yet, or one that cannot be mended, which is reported */
  #read<T, O>(work: (store: Store) => T, otherwise: O): Awaitable<T | O> {
    const settled = this.#shared.batch.settle();
    if (types.isPromise(settled)) return settled.then(() => this.#read(work, otherwise));
    const read = (): T | O => {
      const store = this.#shared.connection.existing();
      return store === undefined ? otherwise : work(store);
    };
    try {
      const result = this.#shared.reading.run(read);
      if (!types.isPromise(result)) return result;
      return result.catch((error: unknown) => this.#rescued(error, read, otherwise));
    } catch (error) {
      return this.#rescued(error, read, otherwise);
    }
  }

  /** Reads again once the store is mended, if damage was why it could not be read. */
  async #rescued<T, O>(error: unknown, read: () => T | O, otherwise: O): Promise<T | O> {
    if (!(error instanceof DamagedError)) throw error;
    const { rescue, reading } = this.#shared;
    const { isDone } = await rescue.mend(error, this.settings.onError);
    if (!isDone) return this.#damaged(error, otherwise);
    try {
      return await reading.run(read);
    } catch (again) {
      return this.#damaged(again, otherwise);
    }
  }

  #damaged<O>(error: unknown, otherwise: O): O {
    if (!(error instanceof DamagedError)) throw error;
    this.settings.onError(error);
    return otherwise;
  }
}
