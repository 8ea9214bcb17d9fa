import type { Backend } from "@class-cache/mapping";
import { ClosedError, OptionError } from "@class-cache/mapping";
import { checkBackend, checkNames } from "../options/check.ts";
import { configuredBackend } from "../options/configure.ts";
import { Generations } from "../memo/generations.ts";
import { taggedBackends } from "../memo/tagged-backends.ts";

/** Where tags are invalidated. */
export interface InvalidateTagsOptions {
  /** Default: the configured backend, and every other that a method with tags has used in this process. */
  readonly backend?: Backend | undefined;
}

/**
 * Forgets every result that has one of these tags, in all processes, from their next calls on. It takes
 * the same time however many results there are: they are not looked for, but found out of date when
 * they are next asked for.
 *
 * @throws OptionError when the tags are not an array of strings
 * @throws what the first backend throws that cannot be told, once all others were
 */
export async function invalidateTags(
  tags: readonly string[],
  options: InvalidateTagsOptions = {},
): Promise<void> {
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string")) {
    throw new OptionError("invalidateTags(tags)", "an array of strings", tags);
  }
  checkNames("invalidateTags", options, ["backend"]);
  const given = checkBackend("invalidateTags(tags, { backend })", options.backend);
  if (tags.length === 0) return;
  if (given !== undefined) {
    await Generations.of(given).invalidate({ tags });
    return;
  }
  const configured = await configuredBackend();
  const failures: unknown[] = [];
  for (const backend of new Set([configured, ...taggedBackends()])) {
    try {
      await Generations.of(backend).invalidate({ tags });
    } catch (error) {
      // Who opens it again will have opened another.
      const isGone = backend !== configured && error instanceof ClosedError;
      if (!isGone) failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
