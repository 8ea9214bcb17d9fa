import type { ValueCodec } from "./codec/codec.ts";
import type { StoredEntry } from "./stored.ts";

/**
 * An entry whose bytes, one piece behind the other, hold only until control is given back to who sets it:
 * they may be memory of the value itself, which he is free to change then.
 */
export interface LentEntry extends Omit<StoredEntry, "value"> {
  readonly pieces: readonly Uint8Array[];
}

/** @returns undefined for a value of which no memory can stand for its bytes */
type Lend = (view: ArrayBufferView) => readonly Uint8Array[] | undefined;

const lenders = new WeakMap<ValueCodec, Lend>();

/** Below this, copying a value takes less time than writing it in pieces. */
const LEAST_LENT_BYTES = 32 * 1024;

/** Notes that a codec can leave values where they are. @returns the codec */
export function lends(codec: ValueCodec, lend: Lend): ValueCodec {
  lenders.set(codec, lend);
  return codec;
}

/**
 * The bytes that the codec would make of a large view of memory, without a copy of it: to copy it into
 * fresh memory takes twice as long as to write it.
 *
 * @returns undefined for any other value or codec
 */
export function lentPieces(codec: ValueCodec, value: unknown): readonly Uint8Array[] | undefined {
  if (!ArrayBuffer.isView(value) || value.byteLength < LEAST_LENT_BYTES) return undefined;
  return lenders.get(codec)?.(value);
}
