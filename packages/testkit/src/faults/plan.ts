import { createHash, randomInt } from "node:crypto";
import { OptionError } from "@class-cache/mapping";
import { seededRandom } from "../seeded-random.ts";

export type SetVersion = (folder: string, version: "unknown" | "own") => void | Promise<void>;

/** What of a suite's options a plan is made of. */
export interface PlanOptions {
  /**
   * What decides all that is left to chance. Every failure names it. Default: the environment variable
   * `CLASS_CACHE_SEED`, else another one in each run.
   */
  readonly seed?: number;
  /**
   * `"bounded"`: samples, in some seconds; `"long"`: all there are where they can be counted, thousands
   * where not, in up to an hour. Default: `"long"` when the environment variable `CLASS_CACHE_SOAK` is
   * `1`.
   */
  readonly scale?: "bounded" | "long";
  /**
   * Makes the store in a folder, which nobody has open, one of a version of its format that this release
   * does not know, or makes it what it was. Default: not tested.
   */
  readonly setVersion?: SetVersion | string;
  /**
   * Entries that one flipped bit of a small store may cost. Default: 1. Give more for an engine whose
   * files have parts on which many entries depend.
   */
  readonly flipCosts?: number;
}

/** How far a case of the faults goes, and what it leaves to chance. */
export class Plan {
  readonly seed: number;
  /** Whether the case tries all there is, however long it takes. */
  readonly isLong: boolean;
  readonly setVersion: SetVersion;
  readonly flipCosts: number;

  constructor(options: PlanOptions) {
    const { CLASS_CACHE_SEED: given, CLASS_CACHE_SOAK: soak } = process.env;
    const { setVersion, flipCosts = 1 } = options;
    this.flipCosts = flipCosts;
    this.setVersion = typeof setVersion === "function" ? setVersion : () => {};
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
