import { createHash } from "node:crypto";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { namesIn } from "@class-cache/mapping/disk";
import type { DamagedFile } from "../engine-files/damaged-file.ts";
import { allOf, partOf } from "../engine-files/damaged-file.ts";
import { read } from "../file-system.ts";
import { isEntryRow } from "../row-keys.ts";
import { listedIn } from "../engine-files/live-files.ts";
import { rowsOfLog } from "../engine-files/log-file.ts";
import { salvagedBatch } from "./batch.ts";
import { isUnaltered } from "./is-unaltered.ts";
import { logOf, recordsAt } from "./log-format.ts";
import type { LostRows } from "./mended-table.ts";
import { mendedTable } from "./mended-table.ts";
import type { Seal, SealedFile, TableDetails } from "./seal.ts";
import { decodeBatches, decodeTableDetails } from "./seal.ts";
import { flipBack } from "./single-flip.ts";

/** Rows that are lost, and those of them that something newer replaces. */
export interface Lost {
  readonly blocks: readonly LostRows[];
  /** Keys, each character a byte. */
  readonly replaced: ReadonlySet<string>;
}

/**
 * What makes a damaged database what it was when it was sealed or, where that is lost, one that knows
 * what is lost.
 */
export interface Mending {
  /** New contents of files, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Rows of their keys may be older ones, which they had replaced. */
  readonly lost: Lost;
  readonly damage: readonly DamagedFile[];
}

/** Compares a database, which nobody has open, with its seal. */
export function planMending(folder: string, seal: Seal): Mending {
  const files = new Map<string, Uint8Array>();
  const blocks: LostRows[] = [];
  const damage: DamagedFile[] = [];
  const mend = (name: string, content: Uint8Array, whatOf: typeof partOf): void => {
    files.set(name, content);
    damage.push(whatOf(join(folder, name)));
  };
  for (const { name, bytes } of [seal.current, seal.manifest]) {
    if (read(join(folder, name))?.equals(bytes) !== true) mend(name, bytes, allOf);
  }
  const logs: Buffer[] = [];
  for (const log of seal.logs) {
    const found = read(join(folder, log.name)) ?? Buffer.alloc(0);
    const isWhole = found.length === log.size && crc32(found) === log.sum;
    const batches = isWhole ? undefined : log.details();
    const content = batches === undefined ? found : mendedLog(found, batches);
    logs.push(content);
    if (!isWhole) mend(log.name, content, partOf);
  }
  let list: ReturnType<typeof listedIn>;
  for (const table of seal.tables) {
    const path = join(folder, table.name);
    if (isUnaltered(path, table)) continue;
    const found = read(path) ?? Buffer.alloc(0);
    list ??= listedIn(Buffer.from(seal.manifest.bytes));
    const listed = list?.tables.get(parseInt(table.name, 10));
    // LevelDB has not yet deleted a table of which it has no need any more.
    if (listed === undefined) continue;
    const encoded = table.details();
    if (encoded === undefined) {
      damage.push({ path, what: `A part of ${path} and of its seal` });
      continue;
    }
    const details = decodeTableDetails(encoded);
    const whole = withoutFlip(found, table, details);
    const mended = mendedTable(found, table.size, details, listed);
    if (whole === undefined) blocks.push(...mended.lost);
    mend(table.name, whole ?? mended.content, partOf);
  }
  return {
    files,
    lost: { blocks, replaced: blocks.length === 0 ? new Set() : rowsIn(logs) },
    damage,
  };
}

/** The rows that logs write: no table has newer ones. */
function rowsIn(logs: readonly Buffer[]): Set<string> {
  return new Set(
    logs.flatMap((log) => Array.from(rowsOfLog(log), ({ key }) => key.toString("latin1"))),
  );
}

/** Tells of a row that is there whether it may be an older one, which a lost one had replaced. */
export function mayBeOlder({ blocks, replaced }: Lost): (key: Buffer) => boolean {
  return (key) =>
    isEntryRow(key) &&
    !replaced.has(key.toString("latin1")) &&
    blocks.some(({ sums }) => sums.has(crc32(key)));
}

/**
 * Whether a database has been open since it was sealed, as by a process that died: then LevelDB has
 * begun another manifest.
 */
export function isOutdated(folder: string, seal: Seal): boolean {
  return namesIn(folder).some(
    (name) => name.startsWith("MANIFEST-") && name !== seal.manifest.name,
  );
}

/**
 * Keeps every record of a log that is as it was written, or is so but for a bit in a part: LevelDB's checksum of the
 * part tells which, the seal's of the record whether that was all. Of the others it keeps every such change.
 */
function mendedLog(found: Buffer, batches: Uint8Array): Buffer {
  const sealed = decodeBatches(batches);
  const isWhole = (record: Buffer, number: number): boolean =>
    record.length === sealed[number]!.length && crc32(record) === sealed[number]!.sum;
  const lengths = sealed.map(({ length }) => length);
  const records = recordsAt(found, lengths, isWhole);
  return logOf(
    sealed.map(({ lost, changes }, number) => {
      const record = records[number]!;
      return isWhole(record, number) ? record : salvagedBatch(record, lost, changes);
    }),
  );
}

/** A table as it was, if one bit is all that is wrong with it. */
function withoutFlip(
  found: Buffer,
  { size, sum }: SealedFile,
  { digest }: TableDetails,
): Buffer | undefined {
  if (found.length !== size || !flipBack(found, sum)) return undefined;
  return createHash("sha256").update(found).digest().equals(digest) ? found : undefined;
}
