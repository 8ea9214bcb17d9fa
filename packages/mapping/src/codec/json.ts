import { DamagedError } from "../errors.ts";
import type { ValueCodec } from "./codec.ts";
import { checkFirstByte, firstByte, truncated } from "./first-byte.ts";

const newline = 0x0a;

/**
 * JSON text, for stores that other programs read. What JSON would lose or change is refused:
 * `undefined`, `NaN`, infinities, `-0`, `Date`, `Map`, `BigInt`, array holes, class instances, objects
 * with `toJSON`. An object that is referred to twice comes back as two objects.
 */
export function json(): ValueCodec {
  return {
    name: "json",
    encode(value) {
      const text = JSON.stringify(value);
      const bytes = Buffer.allocUnsafe(Buffer.byteLength(text) + 2);
      bytes[0] = firstByte.json;
      bytes.write(text, 1);
      bytes[bytes.length - 1] = newline;
      return bytes;
    },
    decode(bytes) {
      checkFirstByte(bytes, "json", 3);
      const last = bytes.length - 1;
      if (bytes[last] !== newline) throw truncated("json");
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, last).toString("utf8", 1);
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new DamagedError("A value of the codec json", { cause });
      }
    },
  };
}
