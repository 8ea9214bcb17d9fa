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

/**
 * Whether bytes that are to be decoded may lie in memory that is used again by the next who asks. Not while
 * something is being decoded: the `fromData` of a class may read from a mapping. And not for codecs that
 * transform bytes, which may go on with them later.
 */
export function mayReadBriefly(codec: ValueCodec): boolean {
  return !isUnderWay && codec.base === undefined;
}
