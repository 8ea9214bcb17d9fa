import { createHash, randomInt } from "node:crypto";
import { OptionError } from "@class-cache/mapping";
import { seededRandom } from "../seeded-random.ts";
import type { FaultsOptions } from "./faults-options.ts";

/** How far a case of the faults goes, and what it leaves to chance. */
export class Plan {
  readonly seed: number;
  /** Whether the case tries all there is, however long it takes. */
  readonly isLong: boolean;
  readonly options: FaultsOptions;

  constructor(options: FaultsOptions) {
    const { CLASS_CACHE_SEED: given, CLASS_CACHE_SOAK: soak } = process.env;
    this.options = options;
    this.seed = options.seed ?? (given === undefined ? randomInt(2 ** 32) : seedOf(given));
    this.isLong = options.scale === undefined ? soak === "1" : options.scale === "long";
  }

  /** What a case takes of something: so much in a bounded run, so much in a long one. */
  pick<T>(bounded: T, long: T): T {
    return this.isLong ? long : bounded;
  }

  /**
   * A source of chance: a function that gives a whole number from 0 up to, and without, its bound. It is
   * the same for the same seed and purpose, whatever else runs.
   */
  random(purpose: string): (bound: number) => number {
    return seededRandom(
      createHash("sha256").update(`${this.seed} ${purpose}`).digest().readInt32LE(0),
    );
  }
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (text !== "" && Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new OptionError("CLASS_CACHE_SEED", "a whole number from 0", text);
}
