/** Reversed polynomial of Castagnoli. */
export const CASTAGNOLI = 0x82f63b78;

/** `tables[n]` has what a byte does to the sum when n more bytes follow it ("slicing by 8", Kounavis and Berry). */
const tables: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const all = [
    Uint32Array.from({ length: 256 }, (_, byte) => {
      let sum = byte;
      for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? CASTAGNOLI : 0);
      return sum;
    }),
  ];
  for (let follow = 1; follow < 8; follow += 1) {
    all.push(all[follow - 1]!.map((before) => (before >>> 8) ^ all[0]![before & 0xff]!));
  }
  return all;
}

const [by0, by1, by2, by3, by4, by5, by6, by7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

const MASK_DELTA = 0xa282ead8;

/** What LevelDB stores as the checksum of bytes: their CRC-32C, masked as its format says. */
export function maskedChecksum(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + MASK_DELTA) >>> 0;
}

/** The CRC-32C that was masked. */
export function unmasked(checksum: number): number {
  const turned = (checksum - MASK_DELTA) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}

export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const four =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const word = sum ^ four;
    sum =
      by7[word & 0xff]! ^
      by6[(word >>> 8) & 0xff]! ^
      by5[(word >>> 16) & 0xff]! ^
      by4[word >>> 24]! ^
      by3[bytes[at + 4]!]! ^
      by2[bytes[at + 5]!]! ^
      by1[bytes[at + 6]!]! ^
      by0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at += 1) sum = (sum >>> 8) ^ by0[(sum ^ bytes[at]!) & 0xff]!;
  return ~sum >>> 0;
}
