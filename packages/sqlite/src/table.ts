import type { ReportError, StoredEntry, StoredRecord } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import { bodyChecksum, headChecksum } from "./checksum.ts";
import type { Store } from "./connection.ts";
import { idBytes } from "./id.ts";
import { isLong, placeOf } from "./place.ts";
import type { Row } from "./row.ts";
import { entryOf, headOf, recordOfEntry, rowOf } from "./row.ts";
import type { Transaction } from "./write-batch.ts";

/** The entries of one mapping. Every method runs on an open store, at once. */
export class Table {
  readonly id: string;
  readonly #id: Uint8Array;
  /** The mapping's number when last looked up: another process may have dropped the mapping since. */
  #number: number | undefined;
  /** Where `#number` was last ensured; inside one transaction it holds until a mapping is removed. */
  #ensuredIn: Transaction;
  #removals = 0;
  /**
   * The store's rollbacks when `#number` was looked up. A number that was given inside a transaction
   * which was rolled back may be given to another mapping.
   */
  #rollbacks = 0;
  /** The last row that an insert of this mapping made. */
  #lastRow: number | bigint = -1;
  /** Whether the last entry that was written alone took the place of another. */
  #replaces = false;

  constructor(id: string) {
    this.id = id;
    this.#id = idBytes(id);
  }

  lookup(store: Store, key: string, report: ReportError): StoredEntry | undefined {
    const found = this.#find(store, key, (mapping, place) =>
      store.entries.select.get(mapping, place),
    );
    if (found === undefined) return undefined;
    const entry = entryOf(found.row, found.mapping, key);
    if (entry !== undefined) return entry;
    // An index that is damaged may lead to the row of another key.
    store.neighbours.confirmAbsence(found.mapping, placeOf(key));
    return this.#damaged(key, report);
  }

  /** What `lookup` finds, without the value. */
  record(store: Store, key: string, report: ReportError): StoredRecord | undefined {
    const found = this.#find(store, key, (mapping, place) =>
      store.entries.selectHead.get(mapping, place),
    );
    if (found === undefined) return undefined;
    const record = headOf(found.row, found.mapping, key);
    if (record !== undefined) return record;
    // The value may show that this is all that is damaged.
    const entry = this.lookup(store, key, report);
    return entry && recordOfEntry(key, entry);
  }

  put(store: Store, key: string, entry: StoredEntry, transaction: Transaction): void {
    if (transaction !== undefined) {
      this.#write(store.entries.insert, this.#ensured(store, transaction), key, entry);
      return;
    }
    const { update, insertChecked } = store.entries;
    const number = this.#lastNumber(store) ?? this.#ensured(store, undefined);
    // An insert that finds its row there costs a tenth more.
    if (this.#replaces && this.#write(update, number, key, entry).changes !== 0) return;
    let done = this.#write(insertChecked, number, key, entry);
    if (done.changes === 0) {
      done = this.#write(insertChecked, this.#ensured(store, undefined), key, entry);
    }
    this.#replaces = done.lastInsertRowid === this.#lastRow;
    this.#lastRow = done.lastInsertRowid;
  }

  /** @returns whether an entry that is live at `now` was deleted */
  remove(store: Store, key: string, now: number): boolean {
    const found = this.#find(
      store,
      key,
      (mapping, place) => store.entries.remove.all(mapping, place)[0],
    );
    if (found === undefined) return false;
    const [expiresAt] = found.row;
    return typeof expiresAt !== "number" || expiresAt > now;
  }

  /** Deletes a record that is still the one described. */
  evict(store: Store, { key, storedAt }: StoredRecord): void {
    const number = this.#lookUp(store);
    if (number !== undefined) {
      store.entries.removeUnchanged.run(number, placeOf(key), storedAt);
    }
  }

  clear(store: Store): void {
    const number = this.#lookUp(store);
    if (number !== undefined) store.entries.removeAll.run(number);
  }

  /** @returns whether there was such a mapping */
  drop(store: Store): boolean {
    const number = this.#lookUp(store);
    if (number === undefined) return false;
    store.entries.removeAll.run(number);
    store.mappings.remove(number);
    this.#number = undefined;
    return true;
  }

  /** The number of entries live at `now`. */
  size(store: Store, now: number): number {
    return Number(store.entries.count.get(now, this.#id)?.live ?? 0);
  }

  /** The rows whose places follow this one, in the order of places. */
  rowsAfter(store: Store, place: string, count: number): Row[] {
    return store.entries.page.all(this.#id, place, count).map(rowOf);
  }

  /** The record of a row that `rowsAfter` gave. @returns undefined where it is damaged, or its value has to tell */
  recordOfRow(row: Row): StoredRecord | undefined {
    const key = keyOfRow(row);
    return placeOf(key) === placeOfRow(row) ? headOf(row, Number(row[5]), key) : undefined;
  }

  /** The same, as the value tells. @returns undefined also where it has been removed since */
  recordByValue(store: Store, row: Row, report: ReportError): StoredRecord | undefined {
    const found = store.entries.selectRow.get(Number(row[8]));
    if (found === undefined) return undefined;
    const key = keyOfRow(row);
    const isInPlace = placeOf(key) === placeOfRow(row);
    const entry = isInPlace ? entryOf(rowOf(found), Number(row[5]), key) : undefined;
    return entry === undefined ? this.#damaged(key, report) : recordOfEntry(key, entry);
  }

  /** @throws DamagedError when it is not found, and may be there */
  #find(
    store: Store,
    key: string,
    query: (mapping: number, place: string) => object | undefined,
  ): Found | undefined {
    const place = placeOf(key);
    const last = this.#lastNumber(store);
    const first = last === undefined ? undefined : query(last, place);
    if (first !== undefined) return { row: rowOf(first), mapping: last as number };
    const mapping = this.#lookUp(store);
    if (mapping === undefined) return undefined;
    const row = mapping === last ? undefined : query(mapping, place);
    if (row !== undefined) return { row: rowOf(row), mapping };
    store.neighbours.confirmAbsence(mapping, place);
    return undefined;
  }

  #lastNumber(store: Store): number | undefined {
    return this.#rollbacks === store.rollbacks ? this.#number : undefined;
  }

  #lookUp(store: Store): number | undefined {
    this.#number = store.mappings.find(this.#id);
    this.#rollbacks = store.rollbacks;
    return this.#number;
  }

  /** The mapping's number, which it is given where it has none. */
  #ensured(store: Store, transaction: Transaction): number {
    const { removals } = store.mappings;
    const isKnown = transaction !== undefined && transaction === this.#ensuredIn;
    if (!isKnown || removals !== this.#removals) {
      this.#number = this.#lookUp(store);
      this.#ensuredIn = transaction;
      this.#removals = removals;
    }
    this.#number ??= store.mappings.add(this.#id);
    return this.#number;
  }

  #write(
    statement: Store["entries"]["insert"],
    mapping: number,
    key: string,
    { value, storedAt, expiresAt, cost }: StoredEntry,
  ): ReturnType<Store["entries"]["insert"]["run"]> {
    const bytes = value.byteLength;
    const head = headChecksum(mapping, { key, bytes, storedAt, expiresAt, cost });
    return statement.run(
      isLong(key) ? key : null,
      bytes,
      storedAt,
      expiresAt ?? null,
      cost ?? null,
      head,
      bodyChecksum(head, value),
      value,
      placeOf(key),
      mapping,
    );
  }

  #damaged(key: string, report: ReportError): undefined {
    report(new DamagedError(`The entry ${key} of the mapping ${JSON.stringify(this.id)}`));
  }
}

/** Where a row that `rowsAfter` gave stands. */
export function placeOfRow(row: Row): string {
  return typeof row[6] === "string" ? row[6] : "";
}

function keyOfRow(row: Row): string {
  return typeof row[7] === "string" ? row[7] : placeOfRow(row);
}

interface Found {
  readonly row: Row;
  readonly mapping: number;
}
