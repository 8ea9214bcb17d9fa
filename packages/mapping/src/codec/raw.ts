import { DamagedError } from "../errors.ts";
import { firstByte, truncated } from "./first-byte.ts";
import { bytesOf, makeView, ownMemory, viewNumber } from "./view.ts";

/** The second byte of structured bytes. A view's is `view` and its number. Part of the stored format. */
export const form = { graph: 0, ascii: 1, json: 2, view: 16 } as const;

/** The two bytes before, and the length in bytes. */
const headBytes = 8;
const lengthBytes = 6;

/** @returns undefined for a text that is not all ASCII: V8 writes those as they are in memory */
export function encodeText(text: string): Uint8Array | undefined {
  if (Buffer.byteLength(text) !== text.length) return undefined;
  const bytes = framed(form.ascii, text.length);
  bytes.write(text, headBytes, "latin1");
  return bytes;
}

/** A JSON text. */
export function encodeJson(text: string): Uint8Array {
  const length = Buffer.byteLength(text);
  const bytes = framed(form.json, length);
  bytes.write(text, headBytes, length, "utf8");
  return bytes;
}

/** The bytes that the view shows, and none around them. */
export function encodeView(view: ArrayBufferView): Uint8Array {
  return Buffer.concat(viewPieces(view));
}

/** The same in pieces, of which the second is the view's own memory. */
export function viewPieces(view: ArrayBufferView): readonly [Uint8Array, Uint8Array] {
  const head = Buffer.allocUnsafe(headBytes);
  writeHead(head, form.view + viewNumber(view), view.byteLength);
  return [head, bytesOf(view)];
}

/** @param bytes of any form but `graph` */
export function decodeRaw(bytes: Uint8Array): unknown {
  if (bytes.length < headBytes) throw truncated("structured");
  const whole = Buffer.isBuffer(bytes) ? bytes : bytesOf(bytes);
  if (whole.readUIntLE(headBytes - lengthBytes, lengthBytes) !== bytes.length - headBytes) {
    throw truncated("structured");
  }
  const second = bytes[1] as number;
  if (second === form.ascii) return whole.toString("latin1", headBytes);
  if (second === form.json) return JSON.parse(whole.toString("utf8", headBytes));
  if (second >= form.view) return decodeView(second - form.view, whole.subarray(headBytes));
  throw new DamagedError(`A value of the codec structured (form ${second})`);
}

function decodeView(number: number, content: Uint8Array): ArrayBufferView {
  return makeView(number, ownMemory(content), 0, content.length);
}

function framed(kind: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + length);
  writeHead(bytes, kind, length);
  return bytes;
}

function writeHead(bytes: Buffer, kind: number, length: number): void {
  bytes[0] = firstByte.structured;
  bytes[1] = kind;
  bytes.writeUIntLE(length, headBytes - lengthBytes, lengthBytes);
}
