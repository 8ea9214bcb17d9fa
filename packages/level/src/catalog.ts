import { crc32 } from "node:zlib";
import type { ReportError } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { Database } from "./database.ts";
import { recordSeed } from "./record.ts";
import { mappingRow, rowsWithPrefix } from "./row-keys.ts";

/** Where a mapping's entries lie. */
export interface Place {
  readonly id: string;
  readonly space: string;
  /** Seeds the checksums of the mapping's records. */
  readonly seed: number;
  /** Whether there may be large records, which a small one that takes their place has to remove. */
  readonly mayHoldLarge: boolean;
}

/** Row of the catalog: CRC-32 of the rest, flags, the space in 16 characters, the id as UTF-16. */
const FLAGS_OFFSET = 4;
const SPACE_OFFSET = 5;
const ID_OFFSET = 21;

/** Knows the mappings that exist, as far as their making has been written. */
export class Catalog {
  readonly #places = new Map<string, Place>();

  static async load(database: Database, report: ReportError): Promise<Catalog> {
    const catalog = new Catalog();
    for await (const rows of database.scan(rowsWithPrefix("i"))) {
      for (const [, value] of rows) {
        const place = placeIn(value);
        if (place !== undefined) catalog.#places.set(place.id, place);
        else report(new DamagedError(`The name of a mapping in ${database.path}`));
      }
    }
    return catalog;
  }

  get(id: string): Place | undefined {
    return this.#places.get(id);
  }

  all(): Iterable<Place> {
    return this.#places.values();
  }

  /** As they are written. */
  rows(): { key: string; value: Buffer }[] {
    return Array.from(this.#places.values(), (place) => ({
      key: mappingRow(place.id),
      value: encodePlace(place),
    }));
  }

  set(id: string, place: Place | undefined): void {
    if (place === undefined) this.#places.delete(id);
    else this.#places.set(id, place);
  }
}

export function newPlace(id: string, space: string): Place {
  return { id, space, seed: recordSeed(id), mayHoldLarge: false };
}

export function encodePlace({ id, space, mayHoldLarge }: Place): Buffer {
  const head = Buffer.alloc(SPACE_OFFSET);
  head[FLAGS_OFFSET] = mayHoldLarge ? 1 : 0;
  const row = Buffer.concat([head, Buffer.from(space), Buffer.from(id, "utf16le")]);
  row.writeUInt32LE(crc32(row.subarray(4)), 0);
  return row;
}

/** Whether this is the row of a mapping, as it was written. */
export function isSoundPlace(key: string, row: Buffer): boolean {
  const place = placeIn(row);
  return place !== undefined && mappingRow(place.id) === key;
}

/** @returns undefined when the row of a mapping is not as it was written */
export function placeIn(row: Buffer): Place | undefined {
  if (row.length < ID_OFFSET || crc32(row.subarray(4)) !== row.readUInt32LE(0)) return undefined;
  const place = newPlace(
    row.toString("utf16le", ID_OFFSET),
    row.toString("latin1", SPACE_OFFSET, ID_OFFSET),
  );
  return { ...place, mayHoldLarge: row[FLAGS_OFFSET] === 1 };
}
