/** Where a record too large for a block lies. */
export interface Pointer {
  /** The segment's number. */
  readonly segment: number;
  /** Where the frame begins in the segment, and how long it is. */
  readonly offset: number;
  readonly length: number;
  /** Size of the encoded value. */
  readonly valueBytes: number;
}

export const POINTER_BYTES = 32;

export function encodePointer({ segment, offset, length, valueBytes }: Pointer): Buffer {
  const bytes = Buffer.allocUnsafe(POINTER_BYTES);
  bytes.writeDoubleLE(segment, 0);
  bytes.writeDoubleLE(offset, 8);
  bytes.writeDoubleLE(length, 16);
  bytes.writeDoubleLE(valueBytes, 24);
  return bytes;
}

export function decodePointer(bytes: Buffer): Pointer {
  return {
    segment: bytes.readDoubleLE(0),
    offset: bytes.readDoubleLE(8),
    length: bytes.readDoubleLE(16),
    valueBytes: bytes.readDoubleLE(24),
  };
}

/** Whether two pointers lead to one place. */
export function samePlace(one: Pointer, other: Pointer): boolean {
  return one.segment === other.segment && one.offset === other.offset;
}

/** Whether two encoded pointers, each followed by anything, lead to one place. */
export function samePointer(one: Buffer, other: Buffer): boolean {
  return one.compare(other, 0, POINTER_BYTES, 0, POINTER_BYTES) === 0;
}
