import type { Catalog, Place } from "./catalog.ts";
import { encodePlace, newPlace } from "./catalog.ts";
import type { Client } from "./client-log.ts";
import type { Database, RowChange } from "./database.ts";
import { clientRow, garbageRow, mappingRow, newSpace } from "./row-keys.ts";
import type { Tallies, Tally } from "./tallies.ts";

/** Changes that will be written together, and the store as it is going to be with them. */
export class Draft {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #counts: Tallies;
  readonly changes: RowChange[] = [];
  bytes = 0;
  /** Rows as the changes leave them; made at the first read, which most drafts do without. */
  #rows: Map<string, Buffer | undefined> | undefined;
  #places: Map<string, Place | undefined> | undefined;
  #tallies: [string, Tally][] | undefined;
  #clients: Set<Client> | undefined;
  /** Spaces that nothing leads to any more. */
  garbage: string[] | undefined;

  constructor(database: Database, catalog: Catalog, tallies: Tallies) {
    this.#database = database;
    this.#catalog = catalog;
    this.#counts = tallies;
  }

  read(row: string): Buffer | undefined {
    if (this.changes.length === 0) return this.#database.read(row);
    this.#rows ??= rowsAfter(this.changes);
    return this.#rows.has(row) ? this.#rows.get(row) : this.#database.read(row);
  }

  put(key: string, value: Buffer): void {
    this.changes.push({ type: "put", key, value });
    this.#rows?.set(key, value);
    this.bytes += key.length + value.length;
  }

  delete(key: string): void {
    this.changes.push({ type: "del", key });
    this.#rows?.set(key, undefined);
    this.bytes += key.length;
  }

  /** Whether somebody wants to know how many entries there are in a space. */
  isCounted(space: string): boolean {
    return this.#counts.has(space);
  }

  count(space: string, tally: Tally): void {
    (this.#tallies ??= []).push([space, tally]);
  }

  place(id: string): Place | undefined {
    return this.#places?.has(id) ? this.#places.get(id) : this.#catalog.get(id);
  }

  /** Gives a mapping a space with nothing in it. */
  makePlace(id: string): Place {
    this.#leave(id);
    const place = newPlace(id, newSpace());
    this.#setPlace(id, place);
    this.put(mappingRow(id), encodePlace(place));
    return place;
  }

  /** Notes that a space is to hold a large record. */
  expectLarge(place: Place): void {
    if (place.mayHoldLarge) return;
    const changed = { ...place, mayHoldLarge: true };
    this.#setPlace(place.id, changed);
    this.put(mappingRow(place.id), encodePlace(changed));
  }

  dropPlace(id: string): void {
    this.#leave(id);
    this.#setPlace(id, undefined);
    this.delete(mappingRow(id));
  }

  /** Notes that a guest's write is among the changes, and what it came to. */
  note(client: Client, number: number, outcome: number): void {
    client.note(number, outcome);
    (this.#clients ??= new Set()).add(client);
  }

  /** Adds the logs of the guests whose writes are among the changes. */
  finish(): void {
    for (const client of this.#clients ?? []) this.put(clientRow(client.id), client.encode());
  }

  /** Whether a mapping is made, moved or dropped. */
  get changesCatalog(): boolean {
    return this.#places !== undefined;
  }

  /** Makes known what has been written. */
  commit(): void {
    for (const [id, place] of this.#places ?? []) this.#catalog.set(id, place);
    for (const [space, tally] of this.#tallies ?? []) this.#counts.add(space, tally);
    for (const space of this.garbage ?? []) this.#counts.forget(space);
  }

  #setPlace(id: string, place: Place | undefined): void {
    (this.#places ??= new Map<string, Place | undefined>()).set(id, place);
  }

  #leave(id: string): void {
    const left = this.place(id);
    if (left === undefined) return;
    (this.garbage ??= []).push(left.space);
    this.put(garbageRow(left.space), Buffer.alloc(0));
  }
}

function rowsAfter(changes: readonly RowChange[]): Map<string, Buffer | undefined> {
  return new Map(
    changes.map((change) => [change.key, change.type === "put" ? change.value : undefined]),
  );
}
