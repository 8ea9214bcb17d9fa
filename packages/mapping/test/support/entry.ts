import type { CodecContext, ValueCodec } from "../../src/codec/codec.ts";

/** The entry that tests of codecs encode for. */
export const entry: CodecContext = { id: "mapping", key: '"key"' };

/** What the codec makes of its own bytes. */
export async function roundTrip(codec: ValueCodec, value: unknown): Promise<unknown> {
  return codec.decode(await codec.encode(value, entry), entry);
}
