/** One contender's writing and reading of everything, in a process of its own. */
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { structured } from "@class-cache/mapping";
import { scratchFolder } from "../measure/scratch.ts";
import { stores } from "../stores/rounds.ts";
import type { Item } from "./items.ts";
import { makeItems } from "./items.ts";

export const RAW = "raw sequential write";
export const MANY = ", setMany";

/** Entries of one `setMany`. */
const CHUNK = 64;

export interface TurnOptions {
  /** A store, with `MANY` behind it when it is to be written many at once; or `RAW`. */
  readonly contender: string;
}

export interface Turn {
  readonly writeMs: number;
  /** By a store that was opened anew. */
  readonly readMs: number;
  readonly diskBytes: number;
  /** Items that came back as they were. */
  readonly readBack: number;
}

export function measure({ contender }: TurnOptions): Promise<Turn> {
  return contender === RAW ? measureRaw(makeItems()) : measureStore(contender, makeItems());
}

async function measureStore(contender: string, items: readonly Item[]): Promise<Turn> {
  const inBulk = contender.endsWith(MANY);
  const open = stores[inBulk ? contender.slice(0, -MANY.length) : contender]!;
  const folder = scratchFolder();
  const written = await open(folder);
  const startWrite = performance.now();
  if (inBulk) {
    for (let at = 0; at < items.length; at += CHUNK) {
      await written.setAll!(items.slice(at, at + CHUNK));
    }
  } else {
    for (const [key, value] of items) await written.set(key, value);
  }
  const writeMs = performance.now() - startWrite;
  await written.close();
  const diskBytes = bytesIn(folder);
  const read = await open(folder);
  const startRead = performance.now();
  const values: unknown[] = [];
  for (const [key] of items) values.push(await read.get(key));
  const readMs = performance.now() - startRead;
  await read.close();
  const readBack = items.filter(([, value], at) => isDeepStrictEqual(values[at], value)).length;
  return { writeMs, readMs, diskBytes, readBack };
}

/** The bytes of the encoded values, ready before, each written by a call, and read again. */
async function measureRaw(items: readonly Item[]): Promise<Turn> {
  const codec = structured();
  const encoded = items.map(
    ([key, value]) => codec.encode(value, { id: "raw", key }) as Uint8Array,
  );
  const folder = scratchFolder();
  const fd = openSync(join(folder, "raw"), "w+");
  const startWrite = performance.now();
  for (const bytes of encoded) writeSync(fd, bytes);
  const writeMs = performance.now() - startWrite;
  const startRead = performance.now();
  let place = 0;
  let readBack = 0;
  for (const { length } of encoded) {
    place += readSync(fd, Buffer.allocUnsafe(length), 0, length, place);
    readBack += 1;
  }
  const readMs = performance.now() - startRead;
  closeSync(fd);
  return { writeMs, readMs, diskBytes: bytesIn(folder), readBack };
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
