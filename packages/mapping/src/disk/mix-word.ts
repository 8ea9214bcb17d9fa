/** Taken once: in the contexts of `node:vm` each look at a global takes as long as all the rest of a step. */
const { imul } = Math;

/**
 * A step of a sum, one to one in the sum and in the word.
 *
 * @param word of 32 bits
 */
export function mixWord(sum: number, word: number): number {
  const mixed = sum ^ word;
  // The shift brings down high bits, which a product alone never spreads.
  return imul(mixed ^ (mixed >>> 16), 0x9e3779b1);
}
