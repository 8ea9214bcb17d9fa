import { isPlainObject } from "../keys/plain-object.ts";

/** The abort signals among arguments, themselves or as a property of options; undefined: none. */
export function signalsIn(args: readonly unknown[]): AbortSignal[] | undefined {
  let found: AbortSignal[] | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (typeof arg !== "object" || arg === null) continue;
    if (isAbortSignal(arg)) {
      (found ??= []).push(arg);
    } else if (isPlainObject(arg)) {
      for (const name in arg) {
        const value = arg[name];
        if (isAbortSignal(value)) (found ??= []).push(value);
      }
    }
  }
  return found;
}

/** The arguments with another signal in the places of theirs; with undefined, without them. */
export function withSignal(
  args: readonly unknown[],
  signal: AbortSignal | undefined,
): readonly unknown[] {
  return args.map((arg) => {
    if (isAbortSignal(arg)) return signal;
    if (!isPlainObject(arg) || !Object.values(arg).some(isAbortSignal)) return arg;
    const copy: Record<string, unknown> = Object.create(
      Object.getPrototypeOf(arg) as object | null,
      Object.getOwnPropertyDescriptors(arg),
    ) as Record<string, unknown>;
    for (const name of Object.keys(copy)) {
      if (!isAbortSignal(copy[name])) continue;
      if (signal === undefined) delete copy[name];
      else Object.defineProperty(copy, name, { value: signal, enumerable: true });
    }
    return copy;
  });
}

/** The arguments without signals. */
export function withoutSignals(args: readonly unknown[]): readonly unknown[] {
  return signalsIn(args) === undefined ? args : withSignal(args, undefined);
}

/**
 * The promise's outcome, or a rejection with the reason of the first signal to abort. `onLeave` is
 * called when that happens first.
 */
export function untilAborted<T>(
  promise: Promise<T>,
  signals: readonly AbortSignal[],
  onLeave: (reason: unknown) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const forget = (): void => {
      for (const signal of signals) signal.removeEventListener("abort", onAbort);
    };
    const leave = (reason: unknown): void => {
      forget();
      reject(reason as Error);
      onLeave(reason);
    };
    const onAbort = (event: Event): void => {
      leave((event.target as AbortSignal).reason);
    };
    for (const signal of signals) signal.addEventListener("abort", onAbort);
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) leave(aborted.reason);
    promise.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof AbortSignal) return true;
  // A signal of another realm or of a polyfill.
  const signal = value as Partial<AbortSignal> & { readonly [Symbol.toStringTag]?: unknown };
  return signal[Symbol.toStringTag] === "AbortSignal" && typeof signal.aborted === "boolean";
}
