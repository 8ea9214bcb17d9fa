/** Where a page of a table has what it says of itself, and where it says at which bytes its rows begin. */
const FIRST_FREE_AT = 1;
const COUNT_AT = 3;
const CONTENT_AT = 5;
const STRAY_BYTES_AT = 7;
const OFFSETS_AT = 8;

/** Where the rows of a page begin. */
export interface Cells {
  readonly live: readonly number[];
  /** Rows that were deleted, to which the page leads all the same: its count of rows is damaged. */
  readonly freed: readonly number[];
}

/**
 * The rows of a page, also where it counts too many or too few: so many as fill it, with what is free. Rows that
 * were deleted may be legible still, and stand behind the others. Where no number of rows fills the page,
 * something else is damaged, and what it counts is all there is.
 *
 * @param sizeAt bytes of the row at a place; undefined for what is no row
 */
export function cellsOn(page: Buffer, sizeAt: (at: number) => number | undefined): Cells {
  const count = page.readUInt16BE(COUNT_AT);
  const counted = offsetsOn(page, page.length).slice(0, count);
  const space = spaceOf(page);
  if (space === undefined) return { live: counted, freed: [] };
  const live: number[] = [];
  let left = page.length - space.start - space.free;
  for (const at of offsetsOn(page, space.start)) {
    const size = left > 0 && !space.isFree(at) ? sizeAt(at) : undefined;
    if (size === undefined) break;
    live.push(at);
    left -= size;
  }
  if (left !== 0) return { live: counted, freed: [] };
  return { live, freed: counted.slice(live.length).filter((at) => space.isFree(at)) };
}

/** What stands where a page has the places of its rows, up to a byte. */
function offsetsOn(page: Buffer, end: number): number[] {
  const most = Math.max(0, Math.floor((end - OFFSETS_AT) / 2));
  return Array.from({ length: most }, (_, cell) => page.readUInt16BE(OFFSETS_AT + 2 * cell));
}

interface Space {
  /** From here on there are rows and what is listed as free. */
  readonly start: number;
  /** Bytes from there on that are. */
  readonly free: number;
  isFree(at: number): boolean;
}

/** @returns undefined where what a page says of its space cannot be */
function spaceOf(page: Buffer): Space | undefined {
  const start = page.readUInt16BE(CONTENT_AT);
  if (start < OFFSETS_AT || start > page.length) return undefined;
  const blocks: (readonly [start: number, end: number])[] = [];
  let free = page[STRAY_BYTES_AT]!;
  for (let at = page.readUInt16BE(FIRST_FREE_AT), last = start; at !== 0;) {
    if (at < last || at + 4 > page.length) return undefined;
    const size = page.readUInt16BE(at + 2);
    blocks.push([at, at + size]);
    free += size;
    last = at + Math.max(size, 4);
    at = page.readUInt16BE(at);
  }
  const isFree = (at: number): boolean =>
    at < start || blocks.some(([from, to]) => at >= from && at < to);
  return { start, free, isFree };
}
