/** A measurement that others made. */
export interface Published {
  readonly what: string;
  readonly writeS: number;
  readonly readS: number;
  readonly mebibytes: number;
  readonly source: string;
}

/** By upstream itself, on an AMD Ryzen 9 5950X and an NVMe disk, with Python 3.11. */
export const published: readonly Published[] = [
  {
    what: "class-cache (Python), pickle blocks",
    writeS: 12.469,
    readS: 3.761,
    mebibytes: 203.89,
    source: "https://github.com/Rizhiy/class-cache/blob/master/benchmark/results.md",
  },
  {
    what: "class-cache (Python), SQLite",
    writeS: 20.466,
    readS: 0.508,
    mebibytes: 364.14,
    source: "https://github.com/Rizhiy/class-cache/blob/master/benchmark/results.md",
  },
];
