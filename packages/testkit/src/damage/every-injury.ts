import { truncateSync, writeFileSync } from "node:fs";
import type { Injury } from "./injuries.ts";

type Files = ReadonlyMap<string, Buffer>;
type Random = (bound: number) => number;

/** Cuts to every length that is shorter, or to so many of those lengths, each as likely. */
export function everyCut(files: Files, count: number, random: Random): Iterable<Injury> {
  return places(files, 1, count, random, (file, bytes, length) => ({
    file,
    what: `cut to ${length} of ${bytes.length} bytes`,
    inflict: (path) => truncateSync(path, length),
  }));
}

/** Flips of every single bit, or of so many of them, each as likely. */
export function everyFlip(files: Files, count: number, random: Random): Iterable<Injury> {
  return places(files, 8, count, random, (file, bytes, place) => ({
    file,
    what: `bit ${place % 8} of byte ${Math.floor(place / 8)} of ${bytes.length} flipped`,
    inflict(path) {
      const damaged = Buffer.from(bytes);
      damaged[Math.floor(place / 8)]! ^= 1 << (place % 8);
      writeFileSync(path, damaged);
    },
  }));
}

function* places(
  files: Files,
  perByte: number,
  count: number,
  random: Random,
  injury: (file: string, bytes: Buffer, place: number) => Injury,
): Iterable<Injury> {
  const all = Array.from(files).map(([file, bytes]) => ({
    file,
    bytes,
    n: bytes.length * perByte,
  }));
  const total = all.reduce((sum, { n }) => sum + n, 0);
  const at = (place: number): Injury => {
    let left = place;
    for (const { file, bytes, n } of all) {
      if (left < n) return injury(file, bytes, left);
      left -= n;
    }
    throw new RangeError(`There is no place ${place} in ${total}.`);
  };
  if (count >= total) for (let place = 0; place < total; place += 1) yield at(place);
  else for (let number = 0; number < count; number += 1) yield at(random(total));
}
