/** What a benchmark stores. */
export interface Payload {
  readonly label: string;
  readonly bytes: number;
  readonly keys: readonly string[];
  /** The value that operation `index` stores: never the one that its key has had before. */
  readonly valueAt: (index: number) => unknown;
  /** Entries of an operation on many. */
  readonly many: number;
}

/** How many different values take turns; no number of keys is a multiple of it. */
const VALUES = 7;

export const payloads: readonly Payload[] = [
  payload("100 B", 100, { keys: 1000, many: 100 }),
  payload("10 KB", 10_000, { keys: 200, many: 50 }),
  payload("256 KB", 256_000, { keys: 20, many: 10 }),
];

export function payload(
  label: string,
  bytes: number,
  { keys, many }: { keys: number; many: number },
): Payload {
  const values = Array.from({ length: VALUES }, (_, index) => ({
    text: String.fromCharCode(97 + index).repeat(bytes - 20),
    at: index,
  }));
  return {
    label,
    bytes,
    keys: Array.from({ length: keys }, (_, index) => `key-${index}`),
    valueAt: (index) => values[index % VALUES],
    many,
  };
}
