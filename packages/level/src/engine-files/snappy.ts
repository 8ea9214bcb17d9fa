import { VarintReader } from "./varint.ts";

/**
 * Undoes the compression of LevelDB's blocks (the raw format of Snappy).
 *
 * @param longest bytes that the result may have
 * @returns undefined when the bytes are none of Snappy's
 */
export function uncompress(bytes: Buffer, longest: number): Buffer | undefined {
  const start = new VarintReader(bytes);
  const length = start.next();
  if (length === undefined || length > longest) return undefined;
  const out = Buffer.alloc(length);
  let to = 0;
  let at = start.at;
  while (at < bytes.length) {
    const tag = bytes[at]!;
    at += 1;
    const kind = tag & 3;
    let count: number;
    let back = 0;
    if (kind === 0) {
      count = (tag >> 2) + 1;
      if (count > 60) {
        const extra = count - 60;
        count = littleEndian(bytes, at, extra) + 1;
        at += extra;
      }
      if (at + count > bytes.length || to + count > length) return undefined;
      out.set(bytes.subarray(at, at + count), to);
      at += count;
    } else {
      const extra = kind === 3 ? 4 : kind;
      count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      back = littleEndian(bytes, at, extra) + (kind === 1 ? (tag >> 5) * 256 : 0);
      at += extra;
      if (at > bytes.length || back === 0 || back > to || to + count > length) return undefined;
      // Byte by byte: what is copied may overlap what it makes.
      for (let index = 0; index < count; index += 1) out[to + index] = out[to + index - back]!;
    }
    to += count;
  }
  return to === length ? out : undefined;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index -= 1)
    value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
