import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { seededRandom } from "../seeded-random.ts";

/** One way to damage a file. */
export interface Injury {
  /** The file's path in the store's folder. */
  readonly file: string;
  /** What is done to it, for who reads of a failure. */
  readonly what: string;
  readonly inflict: (path: string) => void;
}

type Files = ReadonlyMap<string, Buffer>;

/** Flipped bits, at places that differ from file to file and are the same in each run. */
export function flips(files: Files, count: number): Injury[] {
  return sampled(files, count, 1).map(([file, bytes, at, random]) => {
    const bit = random(8);
    const inflict = (path: string): void => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      writeFileSync(path, damaged);
    };
    return { file, what: `bit ${bit} of byte ${at} of ${bytes.length} flipped`, inflict };
  });
}

/** Files cut to lengths that are the same in each run. */
export function cuts(files: Files, count: number): Injury[] {
  return sampled(files, count, 2).map(([file, bytes, at]) => ({
    file,
    what: `cut to ${at} of ${bytes.length} bytes`,
    inflict: (path) => truncateSync(path, at),
  }));
}

/** Stretches of zeros, as a disk leaves them, and of another file's bytes. */
export function overwrites(files: Files, count: number): Injury[] {
  return sampled(files, count, 3).map(([file, bytes, at, random]) => {
    const length = Math.min(1 + random(600), bytes.length - at);
    const isZero = random(2) === 0;
    const inflict = (path: string): void => {
      const from = isZero ? Buffer.alloc(length) : bytes.subarray(0, length);
      writeFileSync(
        path,
        Buffer.concat([bytes.subarray(0, at), from, bytes.subarray(at + length)]),
      );
    };
    const source = isZero ? "zeros" : "its beginning";
    return { file, what: `${length} bytes from ${at} on overwritten with ${source}`, inflict };
  });
}

export function emptied(files: Files): Injury[] {
  return Array.from(files.keys(), (file) => ({
    file,
    what: "emptied",
    inflict: (path) => truncateSync(path, 0),
  }));
}

export function removed(files: Files): Injury[] {
  return Array.from(files.keys(), (file) => ({ file, what: "removed", inflict: rmSync }));
}

export function replacedByFolders(files: Files): Injury[] {
  return Array.from(files.keys(), (file) => ({
    file,
    what: "replaced by a folder",
    inflict(path) {
      rmSync(path);
      mkdirSync(path);
    },
  }));
}

type Place = [file: string, bytes: Buffer, at: number, random: (bound: number) => number];

/** Places in files, evenly among the files: small ones at every place, large ones at random places. */
function sampled(files: Files, count: number, seed: number): Place[] {
  const perFile = Math.max(1, Math.ceil(count / files.size));
  return Array.from(files).flatMap(([file, bytes], number) => {
    const random = seededRandom(number * 1000 + seed);
    const { length } = bytes;
    if (length <= perFile) return Array.from(bytes, (_, at): Place => [file, bytes, at, random]);
    // The beginning and the end are where most formats have what all else depends on.
    const edges = [0, 1, 4, 8, 12, 16, length - 1, length - 2].filter((at) => at < length);
    return Array.from({ length: perFile }, (_, index): Place => {
      const at = index < edges.length && perFile > 16 ? (edges[index] ?? 0) : random(length);
      return [file, bytes, at, random];
    });
  });
}
