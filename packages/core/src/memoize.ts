import { OptionError } from "@class-cache/mapping";
import { CallKey } from "./call-key.ts";
import { escapeId } from "./class-id.ts";
import { Limiter } from "./limiter.ts";
import { Memo } from "./memo.ts";
import type { MemoHandle } from "./memo-handle.ts";
import { InstanceMemoHandle } from "./memo-handle.ts";
import type { AnyMethod, Loose, OnlyAsync } from "./only-async.ts";
import type { MemoOptions } from "./options.ts";
import { settle } from "./options.ts";
import { versionText } from "./version-text.ts";

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
 * The function, remembering what it returns, by id, arguments and version. It must not depend on
 * `this`.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown or missing option
 */
export function memoize<F extends AnyMethod>(
  fn: F,
  options: MemoizeOptions<Parameters<F>, Awaited<ReturnType<F>>> & OnlyAsync<F>,
): Memoized<F> {
  if (typeof fn !== "function") throw new OptionError("memoize(fn)", "a function", fn);
  const original: AnyMethod = fn;
  const settings = settle("memoize", options);
  const { id } = settings;
  if (id === undefined) throw new OptionError("memoize({ id })", "given: a string", id);
  const memo = new Memo({
    // No class's id is empty, so that none leads to this name.
    id: `~memoize.${escapeId(id)}`,
    method: id,
    callKey: new CallKey(versionText(settings.version, original), undefined, settings),
    settings,
    backend: settings.backend,
    limiter: settings.concurrency === Infinity ? undefined : new Limiter(settings.concurrency),
    compute: (_instance, args) => original(...(args as unknown[])),
  });
  const memoized = (...args: unknown[]): Promise<unknown> => memo.call(undefined, args);
  for (const name of ["name", "length"] as const) {
    Object.defineProperty(memoized, name, { value: original[name], configurable: true });
  }
  Object.defineProperty(memoized, "memo", { value: new InstanceMemoHandle(memo, undefined) });
  return memoized as unknown as Memoized<F>;
}
