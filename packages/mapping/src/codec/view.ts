import { types } from "node:util";
import { type TypedArrayName, typedArrayName } from "../built-in.ts";
import { DamagedError } from "../errors.ts";

/** Views of memory by their number in the stored format, to which more may only be added. */
const viewNames = [
  "Buffer",
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float32Array",
  "Float64Array",
  "Float16Array",
] as const satisfies readonly (TypedArrayName | "Buffer" | "DataView")[];

interface ViewClass {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): ArrayBufferView;
  readonly BYTES_PER_ELEMENT: number;
}

/** The number of the view's class. */
export function viewNumber(view: ArrayBufferView): number {
  if (Object.getPrototypeOf(view) === Buffer.prototype) return viewNames.indexOf("Buffer");
  if (types.isDataView(view)) return viewNames.indexOf("DataView");
  return viewNames.indexOf(typedArrayName(view) as TypedArrayName);
}

/**
 * The view of this part of the memory, of the class with this number.
 * @throws DamagedError when there is no such class; RangeError when the memory is not as large
 */
export function makeView(
  number: number,
  memory: ArrayBuffer,
  byteOffset: number,
  byteLength: number,
): ArrayBufferView {
  const name = viewNames[number];
  if (name === "Buffer") return Buffer.from(memory, byteOffset, byteLength);
  if (name === "DataView") return new DataView(memory, byteOffset, byteLength);
  const known = globalThis as unknown as Partial<Record<string, ViewClass>>;
  const view = name === undefined ? undefined : known[name];
  if (view === undefined) {
    throw new DamagedError(`A view of the class ${name ?? number}, which this Node.js lacks,`);
  }
  return new view(memory, byteOffset, byteLength / view.BYTES_PER_ELEMENT);
}

/** The bytes in memory of their own, which nothing else can see or change. */
export function ownMemory(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
