/** What a benchmark stores: so many keys, and so many operations a round. */
export interface Payload {
  readonly label: string;
  readonly keys: readonly string[];
  /** The value that operation `index` stores: never the one that its key has had before. */
  readonly valueAt: (index: number) => unknown;
  /** Operations of a round that reads. */
  readonly reads: number;
  /** Operations of a round that writes. */
  readonly writes: number;
}

/** How many different values take turns; no number of keys is a multiple of it. */
const VALUES = 7;

/** Rounds are short, so that what else the machine does meets contenders that take turns alike. */
export const payloads: readonly Payload[] = [
  payload("100 B", 100, { keys: 1000, reads: 2000, writes: 500 }),
  payload("10 KB", 10_000, { keys: 200, reads: 1000, writes: 200 }),
  payload("256 KB", 256_000, { keys: 20, reads: 60, writes: 20 }),
];

function payload(
  label: string,
  bytes: number,
  { keys, reads, writes }: { keys: number; reads: number; writes: number },
): Payload {
  const values = Array.from({ length: VALUES }, (_, index) => ({
    text: String.fromCharCode(97 + index).repeat(bytes - 20),
    at: index,
  }));
  return {
    label,
    keys: Array.from({ length: keys }, (_, index) => `key-${index}`),
    valueAt: (index) => values[index % VALUES],
    reads,
    writes,
  };
}
