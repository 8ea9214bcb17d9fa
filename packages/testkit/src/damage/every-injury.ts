import { truncateSync, writeFileSync } from "node:fs";
import type { Injury } from "./injuries.ts";

type Files = ReadonlyMap<string, Buffer>;
type Random = (bound: number) => number;

/** Many injuries, each made when it is asked for. */
export interface Injuries {
  readonly count: number;
  /** @param number from 0 up to, and without, `count` */
  at(number: number): Injury;
}

/** How files are injured. */
export type Harm = "cuts" | "flips";

/** Cuts to every length that is shorter, flips of every bit; or so many of them, each as likely. */
export function everyInjury(harm: Harm, files: Files, most: number, random: Random): Injuries {
  const perByte = harm === "cuts" ? 1 : 8;
  let total = 0;
  for (const { length } of files.values()) total += length * perByte;
  const injury = (place: number): Injury => {
    let left = place;
    for (const [file, bytes] of files) {
      const places = bytes.length * perByte;
      if (left < places) return harm === "cuts" ? cut(file, bytes, left) : flip(file, bytes, left);
      left -= places;
    }
    throw new RangeError(`There is no place ${place} in ${total}.`);
  };
  if (most >= total) return { count: total, at: injury };
  const places = Array.from({ length: most }, () => random(total));
  return { count: most, at: (number) => injury(places[number]!) };
}

function cut(file: string, bytes: Buffer, length: number): Injury {
  return {
    file,
    what: `cut to ${length} of ${bytes.length} bytes`,
    inflict: (path) => truncateSync(path, length),
  };
}

function flip(file: string, bytes: Buffer, bit: number): Injury {
  const at = Math.floor(bit / 8);
  return {
    file,
    what: `bit ${bit % 8} of byte ${at} of ${bytes.length} flipped`,
    inflict(path) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (bit % 8);
      writeFileSync(path, damaged);
    },
  };
}
