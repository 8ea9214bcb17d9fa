import type { ListedTable } from "../engine-files/live-files.ts";
import { flipBit } from "../engine-files/single-flip.ts";
import type { Handle } from "../engine-files/table-file.ts";
import type { IsRightRow } from "./right-rows.ts";
import {
  blockOf,
  entriesOf,
  FOOTER_BYTES,
  footerOf,
  handle,
  handleBytes,
  isWholeBlock,
  MAGIC,
  MARK_BYTES,
  soundBlock,
  TRAILER_BYTES,
} from "../engine-files/table-file.ts";
import { VarintReader } from "../engine-files/varint.ts";
import { mendChecked } from "../engine-files/mend-checked.ts";

/** Keys between which rows are lost, both inclusive. */
export interface KeyRange {
  readonly first: Buffer;
  readonly last: Buffer;
}

/** A table in which each flipped bit is put right that stands alone in its block. */
export interface LookedAtTable {
  readonly content: Buffer;
  readonly isChanged: boolean;
  /** Where blocks are lost, none is read from but by who knows that: what they had is not there. */
  readonly isDamaged: boolean;
  readonly lost: readonly KeyRange[];
}

/**
 * @param listed what the list of tables has of it
 * @param isRight whether a row may be what it was, of a block in which a bit was put right
 */
export function lookedAtTable(
  found: Buffer,
  listed: ListedTable,
  isRight: IsRightRow = () => true,
): LookedAtTable {
  const areRowsRight = (block: Buffer | undefined): boolean => {
    let before: Buffer = Buffer.alloc(0);
    return isWholeBlock(block, (key, value) => {
      const row = rowOf(key);
      const isInOrder = before.compare(row) <= 0;
      before = row;
      if (key.length < MARK_BYTES || !isInOrder) return false;
      return isRight(row, isPut(key) ? value : undefined, isInOrder);
    });
  };
  const content = Buffer.from(found);
  const whole = { first: rowOf(listed.first), last: rowOf(listed.last) };
  const ends = mendedFooter(content, listed.size);
  if (ends === undefined) return { content, isChanged: false, isDamaged: true, lost: [whole] };
  const lost: KeyRange[] = [];
  let isDamaged = false;
  const { directory, index } = ends;
  for (const { value } of entriesOf(mendedBlock(content, directory))) {
    if (!isMended(content, handle(new VarintReader(value)))) isDamaged = true;
  }
  let { first } = whole;
  for (const { key, value } of entriesOf(mendedBlock(content, index))) {
    const last = rowOf(key);
    const place = handle(new VarintReader(value));
    if (!isMended(content, place, areRowsRight)) lost.push({ first, last });
    first = last;
  }
  isDamaged ||= lost.length > 0;
  return { content, isChanged: !content.equals(found), isDamaged, lost };
}

/** The row's key in one of LevelDB's. */
function rowOf(key: Buffer): Buffer {
  return key.subarray(0, Math.max(0, key.length - MARK_BYTES));
}

function isPut(key: Buffer): boolean {
  return key[key.length - MARK_BYTES] === 1;
}

/** Whether a block of handles is one. */
function arePlaces(block: Buffer | undefined): boolean {
  return isWholeBlock(block, (_key, value) => handle(new VarintReader(value)) !== undefined);
}

interface Ends {
  /** Where what belongs to the table is told, as its filter. */
  readonly directory: Handle;
  readonly index: Handle;
}

/** @returns undefined when the table cannot be read */
function mendedFooter(table: Buffer, size: number): Ends | undefined {
  if (table.length < size || size < FOOTER_BYTES) return undefined;
  const footer = table.subarray(size - FOOTER_BYTES, size);
  const ends = endsAt(table, footer);
  if (ends === undefined) return undefined;
  footer.set(footerOf(handleBytes(ends.directory), handleBytes(ends.index)));
  return ends;
}

function endsAt(table: Buffer, footer: Buffer): Ends | undefined {
  const ends = endsIn(footer);
  if (
    ends !== undefined &&
    isMended(table, ends.directory, arePlaces) &&
    isMended(table, ends.index, arePlaces)
  ) {
    return ends;
  }
  for (let bit = 0; bit < (FOOTER_BYTES - MAGIC.length) * 8; bit += 1) {
    const flipped = Buffer.from(footer);
    flipBit(flipped, bit);
    const others = endsIn(flipped);
    if (others !== undefined && isSound(table, others.directory) && isSound(table, others.index)) {
      return others;
    }
  }
  return undefined;
}

function endsIn(footer: Buffer): Ends | undefined {
  const reader = new VarintReader(footer.subarray(0, FOOTER_BYTES - MAGIC.length));
  const directory = handle(reader);
  const index = handle(reader);
  return directory && index && { directory, index };
}

function isSound(table: Buffer, place: Handle): boolean {
  return place.offset + place.length < table.length && soundBlock(table, place) !== undefined;
}

/**
 * Mends a block by its checksum.
 *
 * @param isRight whether its content may be what it was, once a bit of it is put right
 * @returns whether it is whole
 */
function isMended(
  table: Buffer,
  place: Handle | undefined,
  isRight: (block: Buffer | undefined) => boolean = () => true,
): boolean {
  if (place === undefined) return false;
  const end = place.offset + place.length;
  if (end + TRAILER_BYTES > table.length) return false;
  const summed = table.subarray(place.offset, end + 1);
  const stored = table.subarray(end + 1, end + TRAILER_BYTES);
  return mendChecked(summed, stored, () => isRight(blockOf(table, place))) !== "damaged";
}

/** @returns its content; undefined: damaged */
function mendedBlock(table: Buffer, place: Handle): Buffer | undefined {
  return isMended(table, place) ? blockOf(table, place) : undefined;
}
