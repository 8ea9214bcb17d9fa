import { crc32 } from "node:zlib";

/** Ids are kept as UTF-16: in UTF-8 two that differ only in a lone surrogate would be one. */
export function idBytes(id: string): Uint8Array {
  return Buffer.from(id, "utf16le");
}

export function idChecksum(bytes: Uint8Array): number {
  return crc32(bytes);
}

/** @returns undefined when the bytes are not what was written */
export function idOf(bytes: unknown, checksum: unknown): string | undefined {
  if (!ArrayBuffer.isView(bytes)) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return idChecksum(buffer) === checksum ? buffer.toString("utf16le") : undefined;
}
