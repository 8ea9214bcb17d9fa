import type { SuiteOptions } from "../options.ts";
import type { Forms } from "../suite-options.ts";
import { SUITE_FORMS } from "../suite-options.ts";

export type SetVersion = (folder: string, version: "unknown" | "own") => void | Promise<void>;

/** What `faults()` is given. */
export interface FaultsOptions extends Omit<SuiteOptions, "effort"> {
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
}

const { effort: _none, ...forms } = SUITE_FORMS;

export const FAULTS_FORMS: Forms = {
  ...forms,
  seed: ["a whole number from 0", (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  scale: ['"bounded" or "long"', (value) => value === "bounded" || value === "long"],
  setVersion: [
    "a function that sets the version of a store, or a reason",
    (value) => typeof value === "function" || typeof value === "string",
  ],
};
