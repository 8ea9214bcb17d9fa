import { reasonsToSkip } from "./reasons-to-skip.ts";
import type { RegisteredCase } from "./register-themes.ts";
import { registerThemes, supportsOf } from "./register-themes.ts";
import type { SuiteOptions } from "./options.ts";
import { checkOptions, SUITE_FORMS } from "./suite-options.ts";
import { themes } from "./themes/index.ts";

/**
 * Registers every case of the contract with a runner, for one backend. A case that the backend cannot
 * be asked for is registered as skipped, its reason in its name; where the runner knows no skipping, it
 * is left out.
 *
 * @returns the cases, with the reasons of those skipped
 * @throws OptionError when an option is not of its form
 * @throws what the factory throws when a backend is made to see what it supports
 */
export function suite(options: SuiteOptions): readonly RegisteredCase[] {
  checkOptions("suite", options, SUITE_FORMS);
  return registerThemes(options, themes, reasonsToSkip(options, supportsOf(options)));
}
