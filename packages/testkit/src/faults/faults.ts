import type { Theme } from "../case.ts";
import type { Need } from "../need.ts";
import { messageOf } from "../message-of.ts";
import { reasonsToSkip } from "../reasons-to-skip.ts";
import type { RegisteredCase } from "../register-themes.ts";
import { registerThemes, supportsOf } from "../register-themes.ts";
import { checkOptions } from "../suite-options.ts";
import type { FaultTheme } from "./fault-case.ts";
import type { FaultsOptions } from "./faults-options.ts";
import { FAULTS_FORMS } from "./faults-options.ts";
import { Plan } from "./plan.ts";
import { faultThemes } from "./themes/index.ts";

const LONGEST_SECONDS = 3600;

/**
 * Registers cases with a runner that put a backend through faults: damaged files, processes that are
 * killed or stopped, clocks that jump, folders that vanish. What `suite()` asks of a backend has to hold
 * already. A case that the backend cannot be put through is registered as skipped, as by `suite()`.
 *
 * @returns the cases, with the reasons of those skipped
 * @throws OptionError when an option is not of its form
 * @throws what the factory throws when a backend is made to see what it supports
 */
export function faults(options: FaultsOptions): readonly RegisteredCase[] {
  checkOptions("faults", options, FAULTS_FORMS);
  const plan = new Plan(options);
  const reasons = new Map<Need, string>(reasonsToSkip(options, supportsOf(options)));
  const { setVersion = "no function is given that sets a store's version" } = options;
  if (typeof setVersion === "string") reasons.set("setVersion", setVersion);
  return registerThemes(
    options,
    [...faultThemes, ...(options.themes ?? [])].map((theme) => planned(theme, plan)),
    reasons,
  );
}

/** The cases of a theme by a plan. */
function planned({ name, cases }: FaultTheme, plan: Plan): Theme {
  return {
    name: `faults, ${name}`,
    cases: cases.map(({ seconds = 60, run, ...rest }) => ({
      ...rest,
      seconds: plan.pick(seconds, LONGEST_SECONDS),
      run: async (world) => {
        try {
          await run(world, plan);
        } catch (cause) {
          throw new Error(`${messageOf(cause)}\nTo replay: CLASS_CACHE_SEED=${plan.seed}`, {
            cause,
          });
        }
      },
    })),
  };
}
