import { DamagedError } from "../errors.ts";

/** The byte with which each codec's bytes begin. They are part of the stored format. */
export const firstByte = {
  structured: 0x53,
  json: 0x4a,
  compressed: 0x43,
  encrypted: 0x45,
} as const;

/**
 * @throws DamagedError unless the bytes begin with this codec's byte and are at least `least` long
 */
export function checkFirstByte(
  bytes: Uint8Array,
  codec: keyof typeof firstByte,
  least: number,
): void {
  if (bytes[0] !== firstByte[codec]) {
    throw new DamagedError(
      bytes.length === 0
        ? `An empty value (of the codec ${codec})`
        : `A value that the codec ${codec} did not write`,
    );
  }
  if (bytes.length < least) throw truncated(codec);
}

export function truncated(codec: keyof typeof firstByte): DamagedError {
  return new DamagedError(`A value of the codec ${codec} that was cut short`);
}
