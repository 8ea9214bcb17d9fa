/**
 * What the benchmark of Python's class-cache stores: arrays of 1,024 × 32 64-bit integers below 128,
 * strings of 1,024 words, and objects of a text of some kilobytes and a number, so many of each.
 */
export const EACH = 1024;

const NUMBERS = 1024 * 32;
const WORDS = 1024;

export type Item = readonly [key: string, value: unknown];

export function makeItems(): Item[] {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const vocabulary = Array.from({ length: 200 }, () =>
    String.fromCharCode(...Array.from({ length: 2 + random(9) }, () => 97 + random(26))),
  );
  const each = (name: string, value: (index: number) => unknown): Item[] =>
    Array.from({ length: EACH }, (_, index) => [`${name}_${index}`, value(index)]);
  return [
    ...each("arr", () => {
      const array = new BigInt64Array(NUMBERS);
      // On a machine that is little-endian, the first byte of each number is the lowest.
      const bytes = new Uint8Array(array.buffer);
      for (let at = 0; at < bytes.length; at += 8) bytes[at] = random(128);
      return array;
    }),
    ...each("str", () =>
      Array.from({ length: WORDS }, () => vocabulary[random(vocabulary.length)]).join(" "),
    ),
    ...each("obj", (index) => ({ name: `${index}`.repeat(1024), number: index })),
  ];
}
