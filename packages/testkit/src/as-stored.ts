import type { ValueCodec } from "@class-cache/mapping";

/** Takes for a value the bytes that are stored, whatever codec wrote them. */
export const asStored: ValueCodec = {
  name: "as stored",
  encode: (value) => value as Uint8Array,
  decode: (bytes) => bytes.slice(),
};
