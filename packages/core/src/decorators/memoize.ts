import { OptionError } from "@class-cache/mapping";
import { CallKey } from "../keys/call-key.ts";
import { escapeId } from "../keys/class-id.ts";
import { Limiter } from "../memo/limiter.ts";
import { Memo } from "../memo/memo.ts";
import type { MemoSource } from "../memo/memo-source.ts";
import type { MemoHandle } from "./memo-handle.ts";
import { InstanceMemoHandle } from "./memo-handle.ts";
import type { AnyMethod, Loose, OnlyAsync, ValueOf } from "../options/only-async.ts";
import type { MemoOptions, MemoSettings } from "../options/options.ts";
import { settle } from "../options/options.ts";
import { isYielding, StreamMemo } from "../stream/stream-memo.ts";
import { notIterable, refuseForStreams } from "../stream/stream-options.ts";
import { streamReader } from "../stream/stream-reader.ts";
import { versionText } from "../keys/version-text.ts";

/** What `memoize` takes. */
export interface MemoizeOptions<
  Args extends readonly Loose[] = Loose,
  Value = Loose,
> extends MemoOptions<Args, Value, undefined> {
  /** Names the results. Functions of one id share them, in whatever program they are. */
  readonly id: string;
}

/** A function that remembers, with a handle of what it remembers. */
export type Memoized<F extends AnyMethod> = F & { readonly memo: MemoHandle<F> };

/**
 * The function, remembering what it returns or yields, by id, arguments and version. It must not depend on
 * `this`.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown or missing option
 */
export function memoize<F extends AnyMethod>(
  fn: F,
  options: MemoizeOptions<Parameters<F>, ValueOf<F>> & OnlyAsync<F>,
): Memoized<F> {
  if (typeof fn !== "function") throw new OptionError("memoize(fn)", "a function", fn);
  const original: AnyMethod = fn;
  const settings = settle("memoize", options);
  const limiter = settings.concurrency === Infinity ? undefined : new Limiter(settings.concurrency);
  const compute = (_instance: unknown, args: readonly unknown[]): unknown =>
    original(...(args as unknown[]));
  const source = sourceOfFunction("memoize", original, settings, { limiter, compute });
  if (isYielding(original)) {
    refuseForStreams("memoize", settings);
    const streams = new StreamMemo(source);
    return inPlaceOf(
      original,
      (args) => streamReader(() => streams.open(undefined, args)),
      new InstanceMemoHandle(streams, undefined),
    ) as Memoized<F>;
  }
  const memo = new Memo({
    ...source,
    compute: (instance, args) => notIterable(source.method, compute(instance, args)),
  });
  return inPlaceOf(
    original,
    (args) => memo.call(undefined, args),
    new InstanceMemoHandle(memo, undefined),
  ) as Memoized<F>;
}

/** @param of the function that was given the settings, which also begins the results' name in storage */
export function memoOfFunction(
  of: string,
  original: AnyMethod,
  settings: MemoSettings,
  computing: Pick<MemoSource, "limiter" | "compute">,
): Memo {
  return new Memo(sourceOfFunction(of, original, settings, computing));
}

function sourceOfFunction(
  of: string,
  original: AnyMethod,
  settings: MemoSettings,
  { limiter, compute }: Pick<MemoSource, "limiter" | "compute">,
): MemoSource {
  const { id } = settings;
  if (id === undefined) throw new OptionError(`${of}({ id })`, "given: a string", id);
  return {
    // No class's id is empty, so that none leads to this name.
    id: `~${of}.${escapeId(id)}`,
    method: id,
    callKey: new CallKey(versionText(settings.version, original), undefined, settings),
    settings,
    backend: settings.backend,
    limiter,
    compute,
  };
}

/** A function that looks like the original, with a handle. */
export function inPlaceOf(
  original: AnyMethod,
  call: (args: readonly unknown[]) => unknown,
  handle: InstanceMemoHandle,
): unknown {
  const memoized = (...args: unknown[]): unknown => call(args);
  for (const name of ["name", "length"] as const) {
    Object.defineProperty(memoized, name, { value: original[name], configurable: true });
  }
  Object.defineProperty(memoized, "memo", { value: handle });
  return memoized;
}
