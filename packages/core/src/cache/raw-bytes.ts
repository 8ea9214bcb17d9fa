import type { ValueCodec } from "@class-cache/mapping";

/**
 * Hands bytes through as they are. A mapping opened with it stores what its user has encoded, so that
 * a value is encoded once although it is held in memory before it is written.
 */
export const rawBytes: ValueCodec = {
  name: "raw",
  encode: (value: unknown): Uint8Array => value as Uint8Array,
  decode: (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes),
};
