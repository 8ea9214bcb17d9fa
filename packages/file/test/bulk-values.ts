/** Three kinds of values by number: arrays of 64-bit integers, long texts, objects. */
export function bulkValue(index: number): unknown {
  const seed = Math.floor(index / 3);
  if (index % 3 === 0) return new BigInt64Array(512).fill(BigInt(seed) ** 5n);
  if (index % 3 === 1)
    return Array.from({ length: 512 }, (_, word) => (word * seed) % 977).join(" ");
  return {
    id: seed,
    at: new Date(seed),
    tags: ["a", `tag ${seed}`],
    nested: { list: [seed, null] },
  };
}

export const BULK_COUNT = 3072;
