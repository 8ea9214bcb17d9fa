import { CASTAGNOLI, crc32c, maskedChecksum, unmasked } from "./crc32c.ts";
import { bitOfFlip, flipBit } from "./single-flip.ts";

/** What there is to say of bytes that have a checksum: as written, one bit put right, or damaged. */
export type Checked = "sound" | "mended" | "damaged";

/**
 * Puts the one bit right that is wrong in some bytes or in their checksum.
 *
 * @param bytes a view, which is written to
 * @param stored the checksum as LevelDB stores it: a view, too
 * @param isRight whether they are what they may have been, once a bit of them is put right: other damage may pass
 * for one flipped bit
 */
export function mendChecked(
  bytes: Buffer,
  stored: Buffer,
  isRight: () => boolean = () => true,
): Checked {
  const found = crc32c(bytes);
  const wanted = unmasked(stored.readUInt32LE());
  if (found === wanted) return "sound";
  const right = maskedChecksum(bytes);
  if (hasOneBit(right ^ stored.readUInt32LE())) {
    stored.writeUInt32LE(right);
    return "mended";
  }
  const bit = bitOfFlip(bytes.length, found ^ wanted, CASTAGNOLI);
  if (bit === undefined) return "damaged";
  flipBit(bytes, bit);
  if (isRight()) return "mended";
  flipBit(bytes, bit);
  return "damaged";
}

function hasOneBit(number: number): boolean {
  return number !== 0 && (number & (number - 1)) === 0;
}
