import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Capabilities } from "@class-cache/mapping";
import type { Theme } from "./case.ts";
import { Check } from "./check.ts";
import type { Need } from "./need.ts";
import type { SuiteOptions } from "./options.ts";
import { World } from "./world.ts";

/** Time allowed to a case that names none. */
const USUAL_SECONDS = 30;

/** A case as it was registered. */
export interface RegisteredCase {
  readonly name: string;
  /** Why it is skipped; undefined: it runs. */
  readonly skipped: string | undefined;
}

/**
 * Registers every case of some themes with a runner, for one backend.
 *
 * @param reasons why cases with these needs are skipped
 */
export function registerThemes(
  options: SuiteOptions,
  themes: readonly Theme[],
  reasons: ReadonlyMap<Need, string>,
): readonly RegisteredCase[] {
  const check = new Check(options.expect);
  const before = options.name === undefined ? "" : `${options.name} `;
  return themes.flatMap((theme) =>
    theme.cases.map(({ name, needs = [], seconds = USUAL_SECONDS, run }) => {
      const full = `${before}${theme.name}: ${name}`;
      const skipped = firstReason(needs, reasons);
      if (skipped === undefined) {
        options.test(
          full,
          () => World.with(options, reasons, check, run),
          seconds * 1000 * (options.effort ?? 1),
        );
      } else {
        options.test.skip?.(`${full} [skipped: ${skipped}]`, async () => {});
      }
      return { name: full, skipped };
    }),
  );
}

function firstReason(
  needs: readonly Need[],
  reasons: ReadonlyMap<Need, string>,
): string | undefined {
  for (const need of needs) {
    const reason = reasons.get(need);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What a backend says of itself. It is made and closed without being used. */
export function supportsOf({ backend }: Pick<SuiteOptions, "backend">): Capabilities {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-testkit-"));
  const probe = backend({ folder });
  const { supports } = probe;
  void probe
    .close()
    .catch(() => {}) // Closing has cases of its own.
    .finally(() => rmSync(folder, { recursive: true, force: true }));
  return supports;
}
