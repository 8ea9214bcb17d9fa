import type { Clock } from "./clock.ts";
import type { ValueCodec } from "./codec/codec.ts";
import { OptionError } from "./errors.ts";

/** @throws OptionError unless options are an object */
export function checkOptions<T extends object>(options: T, where: string): T {
  if (typeof options !== "object" || options === null) {
    throw new OptionError(where, "an object of options", options);
  }
  return options;
}

/** @throws OptionError for what is neither undefined nor a signal */
export function checkSignal<S extends AbortSignal | undefined>(signal: S, where: string): S {
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new OptionError(where, "an AbortSignal", signal);
  }
  return signal;
}

/** @throws OptionError for what is neither undefined nor a function */
export function checkFunction<F>(given: F, where: string): F {
  if (given !== undefined && typeof given !== "function") {
    throw new OptionError(where, "a function", given);
  }
  return given;
}

/** @throws OptionError for what is no codec */
export function checkCodec(codec: ValueCodec, where: string): ValueCodec {
  if (typeof codec?.encode !== "function" || typeof codec.decode !== "function") {
    throw new OptionError(where, "a value codec, such as structured() or json()", codec);
  }
  return codec;
}

/** @throws OptionError for what is neither undefined nor a clock */
export function checkClock(clock: Clock | undefined): Clock | undefined {
  if (clock !== undefined && typeof clock?.now !== "function") {
    throw new OptionError("clock", "an object with a now() method", clock);
  }
  return clock;
}
