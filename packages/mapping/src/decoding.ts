import type { CodecContext, ValueCodec } from "./codec/codec.ts";

let isUnderWay = false;

/** Decodes a value. */
export function decodeWith(codec: ValueCodec, bytes: Uint8Array, context: CodecContext): unknown {
  const isWithin = isUnderWay;
  isUnderWay = true;
  try {
    return codec.decode(bytes, context);
  } finally {
    isUnderWay = isWithin;
  }
}

/** Codecs of which no value shows the bytes that it was read from, and which are done with them at once. */
const copying = new WeakSet<ValueCodec>();

/** Notes such a codec. @returns the codec */
export function copiesBytes(codec: ValueCodec): ValueCodec {
  copying.add(codec);
  return codec;
}

/**
 * Whether bytes that are to be decoded may lie in memory that is used again by the next who asks. Not while
 * something is being decoded: the `fromData` of a class may read from a mapping. And only for codecs of this
 * package: another's values may be views of what it was given, as those of `v8.deserialize` are.
 */
export function mayReadBriefly(codec: ValueCodec): boolean {
  return !isUnderWay && copying.has(codec);
}
