import { Varints } from "./varints.ts";

/** Bytes of whole numbers, by the kind of the column. */
const INTEGER_BYTES: readonly number[] = [0, 1, 2, 3, 4, 6, 8];
const DOUBLE = 7;
const ZERO = 8;
const ONE = 9;
/** From here on even kinds are blobs and odd ones texts, whose length the kind tells. */
const FIRST_OF_BYTES = 12;

/**
 * The columns of a row, as SQLite gives them.
 *
 * @throws RangeError when the bytes are no row
 */
export function decodePayload(payload: Buffer): unknown[] {
  const head = new Varints(payload);
  const headEnd = head.next();
  const columns: unknown[] = [];
  for (let at = headEnd; head.at < headEnd;) {
    const kind = head.next();
    const length = lengthOf(kind);
    if (at + length > payload.length) throw new RangeError("The row is cut.");
    columns.push(valueOf(kind, payload.subarray(at, at + length)));
    at += length;
  }
  return columns;
}

function lengthOf(kind: number): number {
  if (kind >= FIRST_OF_BYTES) return Math.floor((kind - FIRST_OF_BYTES) / 2);
  return kind === DOUBLE ? 8 : (INTEGER_BYTES[kind] ?? 0);
}

function valueOf(kind: number, bytes: Buffer): unknown {
  if (kind >= FIRST_OF_BYTES) return kind % 2 === 0 ? new Uint8Array(bytes) : bytes.toString();
  if (kind === DOUBLE) return bytes.readDoubleBE(0);
  if (kind === ZERO) return 0;
  if (kind === ONE) return 1;
  if (bytes.length === 0) return null;
  return bytes.length > 6 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, bytes.length);
}
