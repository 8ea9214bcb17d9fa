import { OptionError } from "@class-cache/mapping";
import type { MemoSettings } from "../options/options.ts";

/** The options that say nothing of a stream, by their values when they are left out. */
const LEFT_OUT = {
  staleIfError: 0,
  softTimeout: Infinity,
  hardTimeout: Infinity,
  isolate: true,
  verify: 0,
} as const;

/**
 * Refuses what cannot be meant of a stream: an answer in the place of one that fails or takes too long
 * could only be given before the first item, and readers always get copies.
 *
 * @param of the function that was given the options
 * @throws OptionError
 */
export function refuseForStreams(of: string, settings: MemoSettings): void {
  for (const name of Object.keys(LEFT_OUT) as (keyof typeof LEFT_OUT)[]) {
    if (settings[name] === LEFT_OUT[name]) continue;
    throw new OptionError(
      `${of}({ ${name} })`,
      "left out for a method that yields",
      settings[name],
    );
  }
}

/**
 * What a method returned that is not written `async *`.
 *
 * @throws OptionError when it is an async iterable all the same
 */
export function notIterable(method: string, returned: unknown): unknown {
  const iterable = returned as Partial<AsyncIterable<unknown> & PromiseLike<unknown>> | null;
  const isIterable =
    typeof iterable === "object" && typeof iterable?.[Symbol.asyncIterator] === "function";
  if (!isIterable || typeof iterable.then === "function") return returned;
  throw new OptionError(
    method,
    "written `async *` to be recorded: a method that only returns an async iterable can be given " +
      "`yield*` (a decorator or wrapper around an `async *` method goes above @cached)",
    returned,
  );
}
