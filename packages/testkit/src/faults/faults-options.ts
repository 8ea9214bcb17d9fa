import type { SuiteOptions } from "../options.ts";
import type { Forms } from "../suite-options.ts";
import { SUITE_FORMS } from "../suite-options.ts";
import type { FaultTheme } from "./fault-case.ts";
import type { PlanOptions } from "./plan.ts";

/** What `faults()` is given. */
export interface FaultsOptions extends Omit<SuiteOptions, "effort">, PlanOptions {
  /** Faults that only this backend can have, put through like the others. Default: none. */
  readonly themes?: readonly FaultTheme[];
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
  flipCosts: ["a number from 1", (value) => typeof value === "number" && value >= 1],
  themes: ["a list of themes", Array.isArray],
};
