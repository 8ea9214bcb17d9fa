import { types } from "node:util";
import type { Damage, Inspection } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import { headChecksum } from "./checksum.ts";
import type { DatabaseSync } from "./engine.ts";
import { idBytes, idChecksum, idOf } from "./id.ts";
import { placeOf } from "./place.ts";
import type { Row } from "./row.ts";
import { ENTRY_COLUMNS, entryOf, givingArrays, headOf, rowOf } from "./row.ts";
import { damageIn } from "./sqlite-error.ts";

/** Rows that are read together, between two turns of the event loop. */
const CHUNK_ROWS = 64;

/** Where the entries are while, and after, a repair is making the file anew. */
export const SEALED_TABLE = "sealed_entry";

/** Ways to the numbers of entries, each of which may be damaged at another place. */
const waysTo = (table: string): readonly string[] => [
  `SELECT number FROM ${table} NOT INDEXED WHERE number > ? ORDER BY number`,
  `SELECT number FROM ${table} NOT INDEXED WHERE number > ? ORDER BY number DESC`,
  `SELECT number FROM ${table} INDEXED BY sqlite_autoindex_${table}_1 WHERE number > ?
   ORDER BY mapping, place`,
  `SELECT number FROM ${table} INDEXED BY sqlite_autoindex_${table}_1 WHERE number > ?
   ORDER BY mapping DESC, place DESC`,
];

/** The row that gives a mapping its number. */
export interface MappingRow {
  readonly number: number;
  readonly id: Uint8Array;
  readonly checksum: number;
}

interface IndexEntry {
  readonly mapping: unknown;
  readonly place: unknown;
}

/** The rows of a database, in one view of it, which the caller has begun. */
export class RowInspection {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #inspection: Inspection;
  readonly #onSound: (row: Row) => void;
  readonly #ids = new Map<number, string | undefined>();
  readonly #mappings: MappingRow[] = [];
  /** Numbers of mappings that have entries which are as they were written. */
  readonly #used = new Set<number>();
  /** Numbers of entries that are not what was written. */
  readonly damaged: number[] = [];
  /** Entries that are, but for what is kept to be read without the value, which is as it should be here. */
  readonly headless: Row[] = [];
  /** Mappings, by number, whose names only who knows them can restore. */
  readonly #nameless = new Map<number, Damage>();
  #table = "entry";
  /** By the number of the row. Read when it is first needed. */
  #index: ReadonlyMap<number, IndexEntry> | undefined;
  /** Whether anything but an entry is damaged, so that the file has to be made anew. */
  isBroken = false;

  /** @param onSound told of every entry whose value is as it was written, and of those not asked for */
  constructor(
    db: DatabaseSync,
    path: string,
    inspection: Inspection,
    onSound: (row: Row) => void = () => {},
  ) {
    this.#db = db;
    this.#path = path;
    this.#inspection = inspection;
    this.#onSound = onSound;
  }

  /** @param only numbers of the entries to look at. Default: all */
  async run(only?: readonly number[]): Promise<void> {
    const sealed = "SELECT 1 FROM sqlite_schema WHERE name = ?";
    const table = this.#db.prepare(sealed).get(SEALED_TABLE) === undefined ? "entry" : SEALED_TABLE;
    this.#table = table;
    if (table === SEALED_TABLE) this.#broken("A repair was cut short.", this.#path);
    this.#readMappings();
    if (only !== undefined) return this.#readThese(table, only);
    let last = Number.MIN_SAFE_INTEGER;
    try {
      const sql = `SELECT number, ${ENTRY_COLUMNS} FROM ${table} NOT INDEXED
                   WHERE number > ? ORDER BY number LIMIT ${CHUNK_ROWS}`;
      const read = givingArrays(this.#db.prepare(sql));
      for (let count = CHUNK_ROWS; count === CHUNK_ROWS;) {
        const rows = read.all(last).map(rowOf);
        for (const row of rows) await this.#look(row);
        count = rows.length;
        const before = last;
        // A row that has lost its number is followed by those that it was behind, for ever.
        for (const [number] of rows) last = Math.max(last, Number(number));
        if (last === before && count > 0) throw new DamagedError(`The table of ${this.#path}`);
      }
    } catch (error) {
      this.#unreadable(error, this.#path);
      await this.#readOneByOne(table, last);
    }
  }

  /** Behind a part that cannot be read, entries are looked for by every way that leads to them. */
  async #readOneByOne(table: string, last: number): Promise<void> {
    const numbers = new Set<number>();
    for (const way of waysTo(table)) {
      try {
        for (const { number } of this.#db.prepare(way).iterate(last)) numbers.add(Number(number));
      } catch (error) {
        damageIn(error);
      }
    }
    await this.#readThese(
      table,
      Array.from(numbers).sort((a, b) => a - b),
    );
  }

  async #readThese(table: string, numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      try {
        const sql = `SELECT number, ${ENTRY_COLUMNS} FROM ${table} NOT INDEXED WHERE number = ?`;
        const row = givingArrays(this.#db.prepare(sql)).get(number);
        if (row !== undefined) await this.#look(rowOf(row));
      } catch (error) {
        this.#unreadable(error, `${this.#path}, entry ${number}`);
      }
    }
  }

  async #look(row: Row): Promise<void> {
    const id = this.#ids.get(Number(row[1]));
    const value = row[10];
    if (id !== undefined && !this.#inspection.covers(id)) {
      this.#used.add(Number(row[1]));
      this.#onSound(row);
    } else this.#judge(row, id);
    // What the row says of its size may be damaged.
    await this.#inspection.advance(types.isUint8Array(value) ? value.byteLength : 0, id);
  }

  /**
   * Takes in a row that was found in another way.
   *
   * @returns whether it is as it was written
   */
  add(row: Row): boolean {
    const before = this.damaged.length;
    this.#judge(row, this.#ids.get(Number(row[1])));
    return this.damaged.length === before;
  }

  /** Takes in the row of a mapping, as it was written, that was found in another way. */
  addMapping([number, bytes, checksum]: Row): void {
    if (this.#ids.has(Number(number))) return;
    this.#addMapping(Number(number), idOf(bytes, checksum), bytes as Uint8Array, Number(checksum));
  }

  /**
   * The rows of the mappings, with the names that could be restored. Where damage has left two numbers
   * for one name, the entries tell which it is.
   */
  mappings(): MappingRow[] {
    const byId = new Map<string, MappingRow>();
    for (const row of this.#mappings) {
      // There is nothing of it to be kept for who knows its name.
      if (this.#nameless.has(row.number) && !this.#used.has(row.number)) continue;
      const text = Buffer.from(row.id).toString("hex");
      const other = byId.get(text);
      if (other === undefined || (this.#used.has(row.number) && !this.#used.has(other.number))) {
        byId.set(text, row);
      }
    }
    return [...byId.values()];
  }

  /** What is damaged and stays: the names of mappings that have entries. */
  left(): Damage[] {
    return Array.from(this.#nameless)
      .filter(([number]) => this.#used.has(number))
      .map(([, damage]) => damage);
  }

  /** Whether a mapping that has no entries has lost its name. */
  get hasUseless(): boolean {
    return this.left().length < this.#nameless.size;
  }

  /** The id of the mapping with this number. */
  idOf(mapping: unknown): string | undefined {
    return this.#ids.get(Number(mapping));
  }

  #judge(row: Row, id: string | undefined): void {
    const [number, mapping, place, kept, bytes, storedAt, expiresAt, cost, head, body, value] = row;
    const key = typeof kept === "string" ? kept : String(place);
    const entry = entryOf([storedAt, expiresAt, cost, body, value], Number(mapping), key);
    const where = id === undefined ? `${this.#path}, entry ${String(number)}` : key;
    const tell = (problem: string): void =>
      this.#inspection.damaged({ id, where, problem, code: "ERR_DAMAGED" });
    // Whoever knows the name of a mapping that has lost it can still have it restored.
    const known = entry === undefined ? this.#rowByIndex(row) : undefined;
    if (known !== undefined) {
      this.#broken("The table and its index differ.", where);
      this.#judge(known, this.#ids.get(Number(known[1])));
      return;
    }
    if (entry === undefined || !this.#ids.has(Number(mapping))) {
      this.damaged.push(Number(number));
      tell(entry === undefined ? "The entry is damaged." : "The entry belongs to no mapping.");
      return;
    }
    const valueBytes = entry.value.byteLength;
    const sound = headChecksum(Number(mapping), { ...entry, key, bytes: valueBytes });
    const start = [number, mapping, placeOf(key), kept, valueBytes];
    const mended: Row = [...start, storedAt, expiresAt, cost, sound, body, value];
    if (id !== undefined) this.#inspection.intact(id, valueBytes);
    if (headOf([storedAt, expiresAt, cost, head, bytes], Number(mapping), key) === undefined) {
      tell("What is known of the entry without its value is damaged.");
      this.headless.push(mended);
    }
    if (placeOf(key) !== place) this.#broken("The entry is not in its place.", where);
    this.#used.add(Number(mapping));
    this.#onSound(mended);
  }

  /**
   * A row with the mapping and the place that the index has for it.
   *
   * @returns undefined where these are the row's own, or the index does not tell
   */
  #rowByIndex(row: Row): Row | undefined {
    this.#index ??= this.#readIndex();
    const found = this.#index.get(Number(row[0]));
    if (found === undefined || (found.mapping === row[1] && found.place === row[2]))
      return undefined;
    return [row[0], found.mapping, found.place, ...row.slice(3)];
  }

  #readIndex(): ReadonlyMap<number, IndexEntry> {
    const index = new Map<number, IndexEntry>();
    const sql = `SELECT number, mapping, place FROM ${this.#table}
                 INDEXED BY sqlite_autoindex_${this.#table}_1 ORDER BY mapping, place`;
    try {
      for (const { number, mapping, place } of this.#db.prepare(sql).iterate()) {
        index.set(Number(number), { mapping, place });
      }
    } catch (error) {
      damageIn(error);
    }
    return index;
  }

  #readMappings(): void {
    const known = new Map<number, string>();
    for (const id of this.#inspection.ids ?? []) known.set(idChecksum(idBytes(id)), id);
    const inIndex = new Map<number, unknown>();
    const index =
      "SELECT number, id FROM mapping INDEXED BY sqlite_autoindex_mapping_1 ORDER BY id";
    const table = "SELECT number, id, checksum FROM mapping NOT INDEXED ORDER BY number";
    this.#readAll(index, ({ number, id }) => inIndex.set(Number(number), id));
    this.#readAll(table, ({ number: given, id: bytes, checksum }) => {
      const number = Number(given);
      const own = idOf(bytes, checksum);
      const other = inIndex.get(number);
      const sum = Number(checksum);
      const id = own ?? idOf(other, checksum) ?? idOfBoth(bytes, other, sum) ?? known.get(sum);
      const isKept = id !== undefined || bytes instanceof Uint8Array;
      if (own === undefined) this.#nameDamaged(number, id, isKept);
      if (isKept) this.#addMapping(number, id, bytes as Uint8Array, sum);
    });
    for (const [number, bytes] of inIndex) {
      if (!(bytes instanceof Uint8Array) || this.#ids.has(number)) continue;
      const checksum = idChecksum(bytes);
      this.#addMapping(number, idOf(bytes, checksum), bytes, checksum);
      this.#broken("The table of mappings and its index differ.", this.#path);
    }
  }

  #addMapping(number: number, id: string | undefined, bytes: Uint8Array, checksum: number): void {
    this.#ids.set(number, id);
    const idOrBytes = id === undefined ? bytes : idBytes(id);
    const sum = id === undefined ? checksum : idChecksum(idOrBytes);
    this.#mappings.push({ number, id: idOrBytes, checksum: sum });
    if (id !== undefined && this.#inspection.covers(id)) this.#inspection.mapping(id);
  }

  #nameDamaged(number: number, id: string | undefined, isKept: boolean): void {
    const where = `${this.#path}, mapping ${number}`;
    const isNameless = id === undefined && isKept;
    const way = isNameless ? " Its entries are not lost: name it in `ids`." : "";
    const problem = `The mapping's name is damaged.${way}`;
    const damage: Damage = { id, where, problem, code: "ERR_DAMAGED" };
    this.#inspection.damaged(damage);
    if (isNameless) this.#nameless.set(number, damage);
    else this.isBroken = true;
  }

  #readAll(sql: string, take: (row: Readonly<Record<string, unknown>>) => void): void {
    try {
      for (const row of this.#db.prepare(sql).iterate()) take(row);
    } catch (error) {
      this.#unreadable(error, this.#path);
    }
  }

  #unreadable(error: unknown, where: string): void {
    this.#inspection.throwIfStopped();
    this.#broken(damageIn(error), where);
  }

  #broken(problem: string, where: string): void {
    this.isBroken = true;
    this.#inspection.damaged({ id: undefined, where, problem, code: "ERR_DAMAGED" });
  }
}

/** The id that the table and its index agree on, where one bit of the checksum is all that is damaged. */
function idOfBoth(bytes: unknown, other: unknown, checksum: number): string | undefined {
  if (!(bytes instanceof Uint8Array) || !(other instanceof Uint8Array)) return undefined;
  const buffer = Buffer.from(bytes);
  const wrong = (idChecksum(buffer) ^ checksum) >>> 0;
  const isOneBit = (wrong & (wrong - 1)) === 0;
  return isOneBit && buffer.equals(other) ? buffer.toString("utf16le") : undefined;
}
