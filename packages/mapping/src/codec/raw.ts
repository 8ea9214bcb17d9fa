import { DamagedError } from "../errors.ts";
import { firstByte, truncated } from "./first-byte.ts";
import { bytesOf, makeView, ownMemory, viewNumber } from "./view.ts";

/** The second byte of structured bytes. A view's is `view` and its number. Part of the stored format. */
export const form = { graph: 0, ascii: 1, utf8: 2, utf16: 3, view: 16 } as const;

/** The two bytes before, and the length in bytes. */
const headBytes = 8;
const lengthBytes = 6;

/** A text in the shortest of three encodings that keeps it; lone surrogates survive in UTF-16 only. */
export function encodeText(text: string): Uint8Array {
  const utf8Bytes = Buffer.byteLength(text);
  if (utf8Bytes === text.length) return written(form.ascii, text, "latin1", utf8Bytes);
  const utf16Bytes = text.length * 2;
  return utf8Bytes <= utf16Bytes && text.isWellFormed()
    ? written(form.utf8, text, "utf8", utf8Bytes)
    : written(form.utf16, text, "utf16le", utf16Bytes);
}

/** The bytes that the view shows, and none around them. */
export function encodeView(view: ArrayBufferView): Uint8Array {
  const bytes = framed(form.view + viewNumber(view), view.byteLength);
  bytes.set(bytesOf(view), headBytes);
  return bytes;
}

/** @param bytes of any form but `graph` */
export function decodeRaw(bytes: Uint8Array): unknown {
  if (bytes.length < headBytes) throw truncated("structured");
  const whole = bytesOf(bytes);
  if (whole.readUIntLE(headBytes - lengthBytes, lengthBytes) !== bytes.length - headBytes) {
    throw truncated("structured");
  }
  const content = whole.subarray(headBytes);
  const second = bytes[1] as number;
  switch (second) {
    case form.ascii:
      return content.toString("latin1");
    case form.utf8:
      return content.toString("utf8");
    case form.utf16:
      return content.toString("utf16le");
    default:
      if (second >= form.view) return decodeView(second - form.view, content);
      throw new DamagedError(`A value of the codec structured (form ${second})`);
  }
}

function decodeView(number: number, content: Uint8Array): ArrayBufferView {
  return makeView(number, ownMemory(content), 0, content.length);
}

function written(kind: number, text: string, encoding: BufferEncoding, length: number): Uint8Array {
  const bytes = framed(kind, length);
  bytes.write(text, headBytes, encoding);
  return bytes;
}

function framed(kind: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + length);
  bytes[0] = firstByte.structured;
  bytes[1] = kind;
  bytes.writeUIntLE(length, headBytes - lengthBytes, lengthBytes);
  return bytes;
}
