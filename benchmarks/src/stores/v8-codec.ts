import { deserialize, serialize } from "node:v8";
import type { ValueCodec } from "@class-cache/mapping";

/** What Node.js has for who writes a store himself. */
export const v8Codec: ValueCodec = {
  name: "v8",
  encode: (value) => serialize(value),
  decode: (bytes) => deserialize(bytes),
};
