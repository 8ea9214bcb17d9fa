import { DamagedError, UnstorableError } from "../errors.ts";
import type { ValueCodec } from "./codec.ts";
import { checkFirstByte, firstByte, truncated } from "./first-byte.ts";
import { lookForJson } from "./json-look.ts";
import { bytesOf } from "./view.ts";

/** The shortest JSON text is one digit, between the first byte and the end. */
const leastBytes = 3;
/** Tells whole bytes from those cut short: `12` of `123` is JSON too. */
const end = 0x0a;

/**
 * JSON text, for stores that other programs read: after one byte, and with a line's end. What JSON
 * would lose or change is refused with `UnstorableError`, which names the path: `undefined`, `NaN`,
 * infinities, `-0`, `BigInt`, `Date`, `Map` and the like, array holes, class instances, cycles. An
 * object that is referred to twice comes back as two.
 */
export function json(): ValueCodec {
  return { name: "json", encode, decode };
}

function encode(value: unknown): Uint8Array {
  const text = textOf(value);
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text) + 2);
  bytes[0] = firstByte.json;
  bytes.write(text, 1);
  bytes[bytes.length - 1] = end;
  return bytes;
}

function textOf(value: unknown): string {
  try {
    lookForJson(value);
    return JSON.stringify(value);
  } catch (cause) {
    if (cause instanceof UnstorableError) throw cause;
    const wayOut = "The cause tells why; a smaller or flatter value may do.";
    throw new UnstorableError("value", "not readable to the end", wayOut, value, { cause });
  }
}

function decode(bytes: Uint8Array): unknown {
  checkFirstByte(bytes, "json", leastBytes);
  const last = bytes.length - 1;
  if (bytes[last] !== end) throw truncated("json");
  try {
    return JSON.parse(bytesOf(bytes).toString("utf8", 1, last)) as unknown;
  } catch (cause) {
    throw new DamagedError("A value of the codec json", { cause });
  }
}
