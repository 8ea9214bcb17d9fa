import type { ReportError, StoredEntry, StoredRecord } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { KeyHash } from "./key-hash.ts";
import { decodePointer, samePlace } from "./pointer.ts";
import type { RecordHead, RecordView } from "./record.ts";
import { POINTER } from "./record.ts";
import type { Structure } from "./structure.ts";

/** What a new record says of its entry. */
export function headOf(
  { storedAt, expiresAt, cost }: Omit<StoredEntry, "value">,
  hash: KeyHash,
  flags: number,
): RecordHead {
  return { flags, hash, storedAt, expiresAt, cost };
}

/** A record as an entry. That it is the key's has to be seen first: a hash alone does not tell. */
export function entryOf({ storedAt, expiresAt, cost }: RecordView, value: Uint8Array): StoredEntry {
  return { value, storedAt, expiresAt, cost };
}

/**
 * What is known of an entry without its value, by a record of it that was read from its block: nothing when it
 * has been deleted since, or its key is damaged, which is reported.
 */
export function recordInfo(
  record: RecordView,
  structure: Structure,
  report: ReportError,
): StoredRecord[] {
  for (let latest: RecordView | undefined = record; latest !== undefined;) {
    const { hash, storedAt, expiresAt, cost } = latest;
    if ((latest.flags & POINTER) === 0) {
      return [{ key: latest.key, bytes: latest.valueLength, storedAt, expiresAt, cost }];
    }
    const pointer = decodePointer(latest.value);
    const { segments } = structure;
    const key = segments?.readKey(pointer);
    if (key !== undefined) return [{ key, bytes: pointer.valueBytes, storedAt, expiresAt, cost }];
    // Another process may have moved it, and used what it lay in for others.
    structure.look();
    const block = structure.find(hash, report);
    const place = block?.index.find(hash);
    if (block === undefined || place === undefined) return [];
    const isSame = place.pointer !== undefined && samePlace(place.pointer, pointer);
    if (segments !== undefined && segments === structure.segments && isSame) {
      const where = segments.files.path(pointer.segment);
      report(new DamagedError(`The record at offset ${pointer.offset} of ${where}`));
      return [];
    }
    latest = block.read(place, report);
  }
  return [];
}
