import type { StoredRecord } from "@class-cache/mapping";
import { isLive } from "@class-cache/mapping";
import type { Place } from "./catalog.ts";
import type { Draft } from "./draft.ts";
import { decodeHead, decodeRecord, encodeHead, isLarge, LONGEST_INLINE_BYTES } from "./record.ts";
import type { Change } from "./requests.ts";
import { entryRow, largeRow } from "./row-keys.ts";
import { tallyOf } from "./tallies.ts";

/** Adds a change to a draft, where its condition holds. @returns 1 when it has an effect, else 0 */
export function applyChange(draft: Draft, id: string, change: Change): 0 | 1 {
  const place = draft.place(id);
  switch (change.kind) {
    case "set":
      return set(draft, place ?? draft.makePlace(id), change.key, change.record, change.ifAbsent);
    case "delete":
      return place === undefined
        ? 0
        : remove(draft, place, change.key, (head) => isLive(head, change.now));
    case "evict":
      return place === undefined ? 0 : evict(draft, place, change.key, change.storedAt);
    case "bury":
      return place === undefined || isSound(draft, place, change.key)
        ? 0
        : remove(draft, place, change.key, () => true);
    case "clear":
      if (place === undefined) return 0;
      draft.makePlace(id);
      return 1;
    case "drop":
      if (place === undefined) return 0;
      draft.dropPlace(id);
      return 1;
  }
}

function set(draft: Draft, place: Place, key: string, bytes: Uint8Array, ifAbsent: boolean): 0 | 1 {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const row = entryRow(place.space, key);
  const isCounted = draft.isCounted(place.space);
  const isLong = record.length > LONGEST_INLINE_BYTES;
  // Where nobody asks what was there before, a set needs no read.
  const asks = ifAbsent || isCounted || (place.mayHoldLarge && !isLong);
  const before = asks ? draft.read(row) : undefined;
  const head = before && decodeHead(place.seed, key, before);
  if (ifAbsent && head !== undefined) {
    const after = decodeHead(place.seed, key, record);
    if (after !== undefined && isLive(head, after.storedAt)) return 0;
  }
  if (isLong) {
    draft.expectLarge(place);
    draft.put(row, encodeHead(place.seed, key, record));
    draft.put(largeRow(place.space, key), record);
  } else {
    draft.put(row, record);
    if (before !== undefined && mayBeLarge(before, head)) draft.delete(largeRow(place.space, key));
  }
  if (isCounted) {
    draft.count(place.space, tallyOf(head, -1));
    draft.count(place.space, tallyOf(decodeHead(place.seed, key, record), 1));
  }
  return 1;
}

function remove(
  draft: Draft,
  place: Place,
  key: string,
  counts: (head: StoredRecord) => boolean,
): 0 | 1 {
  const row = entryRow(place.space, key);
  const before = draft.read(row);
  if (before === undefined) return 0;
  const head = decodeHead(place.seed, key, before);
  draft.delete(row);
  if (mayBeLarge(before, head)) draft.delete(largeRow(place.space, key));
  draft.count(place.space, tallyOf(head, -1));
  return head !== undefined && counts(head) ? 1 : 0;
}

function evict(draft: Draft, place: Place, key: string, storedAt: number): 0 | 1 {
  const before = draft.read(entryRow(place.space, key));
  const head = before && decodeHead(place.seed, key, before);
  return head?.storedAt === storedAt ? remove(draft, place, key, () => true) : 0;
}

/** Whether an entry can be read, its value included. */
function isSound(draft: Draft, { space, seed }: Place, key: string): boolean {
  const row = draft.read(entryRow(space, key));
  const record = row && isLarge(row) ? draft.read(largeRow(space, key)) : row;
  return record !== undefined && decodeRecord(seed, key, record) !== undefined;
}

/** Whether there may be a row of a large value: a damaged record does not tell. */
function mayBeLarge(record: Buffer, head: StoredRecord | undefined): boolean {
  return head === undefined || isLarge(record);
}
