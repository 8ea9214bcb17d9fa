import { types } from "node:util";
import type { StoredEntry, StoredRecord } from "@class-cache/mapping";
import { bodyChecksum, headChecksum } from "./checksum.ts";
import type { StatementSync } from "./engine.ts";

/** A row's columns in the order of its query. */
export type Row = readonly unknown[];

/** Has a statement give rows as arrays, which costs a third less, where Node.js (22.16) has that. */
export function givingArrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays?.(true);
  return statement;
}

export function rowOf(given: object): Row {
  return Array.isArray(given) ? given : Object.values(given);
}

/** The columns of an entry, behind its number, in the order in which they are read. */
export const ENTRY_COLUMNS =
  "mapping, place, key, bytes, stored_at, expires_at, cost, head, body, value";

/** With its number. */
export const ENTRY_COLUMN_COUNT: number = ENTRY_COLUMNS.split(",").length + 1;

/** @param row a number and the entry's columns */
export function isSoundRow(row: Row): boolean {
  const [, mapping, place, kept, , storedAt, expiresAt, cost, , body, value] = row;
  const key = typeof kept === "string" ? kept : String(place);
  return entryOf([storedAt, expiresAt, cost, body, value], Number(mapping), key) !== undefined;
}

/**
 * @param row stored_at, expires_at, cost, body, value
 * @param mapping the number of the mapping
 * @returns undefined when the row is not what was written for this key
 */
export function entryOf(row: Row, mapping: number, key: string): StoredEntry | undefined {
  const [, , , body, value] = row;
  if (!types.isUint8Array(value)) return undefined;
  const record = recordOf(row, key, value.byteLength);
  if (record === undefined) return undefined;
  if (bodyChecksum(headChecksum(mapping, record), value) !== body) return undefined;
  const { storedAt, expiresAt, cost } = record;
  return { value, storedAt, expiresAt, cost };
}

/**
 * @param row stored_at, expires_at, cost, head, bytes
 * @param mapping the number of the mapping
 * @returns undefined when the row is not what was written for this key
 */
export function headOf(row: Row, mapping: number, key: string): StoredRecord | undefined {
  const record = recordOf(row, key, row[4]);
  return record !== undefined && headChecksum(mapping, record) === row[3] ? record : undefined;
}

/** What is known of an entry without its value. */
export function recordOfEntry(key: string, entry: StoredEntry): StoredRecord {
  const { value, storedAt, expiresAt, cost } = entry;
  return { key, bytes: value.byteLength, storedAt, expiresAt, cost };
}

function recordOf(
  [storedAt, expiresAt, cost]: Row,
  key: string,
  bytes: unknown,
): StoredRecord | undefined {
  if (typeof storedAt !== "number" || typeof bytes !== "number") return undefined;
  if (!isOptionalNumber(expiresAt) || !isOptionalNumber(cost)) return undefined;
  return { key, bytes, storedAt, expiresAt: expiresAt ?? undefined, cost: cost ?? undefined };
}

function isOptionalNumber(value: unknown): value is number | null {
  return typeof value === "number" || value === null;
}
