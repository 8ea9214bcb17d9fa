import type { ReportError, StoredEntry, StoredRecord } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { KeyHash } from "./key-hash.ts";
import { decodePointer } from "./pointer.ts";
import type { RecordHead, RecordView } from "./record.ts";
import { POINTER } from "./record.ts";
import type { Segments } from "./segments.ts";

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

/** What is known of a record without its value: nothing when its key is damaged, which is reported. */
export function recordInfo(
  record: RecordView,
  segments: Segments,
  report: ReportError,
): StoredRecord[] {
  const { storedAt, expiresAt, cost } = record;
  if ((record.flags & POINTER) === 0) {
    return [{ key: record.key, bytes: record.valueLength, storedAt, expiresAt, cost }];
  }
  const pointer = decodePointer(record.value);
  const key = segments.readKey(pointer);
  if (key !== undefined) return [{ key, bytes: pointer.valueBytes, storedAt, expiresAt, cost }];
  report(
    new DamagedError(
      `The record at offset ${pointer.offset} of ${segments.files.path(pointer.segment)}`,
    ),
  );
  return [];
}
