import type { Backend, Clock } from "@class-cache/mapping";
import { OptionError } from "@class-cache/mapping";

/** @throws OptionError when the options are no object or have a name that is none of these */
export function checkNames(of: string, options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new OptionError(`${of}(options)`, "an object of options", options);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new OptionError(`An option of ${of}`, `one of ${names.join(", ")}`, name);
    }
  }
}

export function checkId(option: string, id: string | undefined): string | undefined {
  if (id === undefined || (typeof id === "string" && id !== "")) return id;
  throw new OptionError(option, "a string that is not empty", id);
}

export function checkVersion<Version extends number | string>(
  option: string,
  version: Version | undefined,
): Version | undefined {
  if (version === undefined || typeof version === "string") return version;
  if (typeof version === "number" && Number.isFinite(version)) return version;
  throw new OptionError(option, "a finite number or a string", version);
}

export function checkBackend(option: string, backend: Backend | undefined): Backend | undefined {
  if (backend === undefined || typeof backend?.open === "function") return backend;
  throw new OptionError(option, "a backend, such as memory() or fileBlocks()", backend);
}

export function checkClock(option: string, clock: Clock | undefined): Clock | undefined {
  if (clock === undefined || typeof clock?.now === "function") return clock;
  throw new OptionError(option, "an object with a method now()", clock);
}

export function checkFunction<F extends Function>(
  option: string,
  given: F | undefined,
): F | undefined {
  if (given === undefined || typeof given === "function") return given;
  throw new OptionError(option, "a function", given);
}

export function checkBoolean(option: string, given: boolean | undefined): boolean | undefined {
  if (given === undefined || typeof given === "boolean") return given;
  throw new OptionError(option, "true or false", given);
}

/** A whole number of at least `least`, or Infinity. */
export function checkCount(
  option: string,
  given: number | undefined,
  least: number,
): number | undefined {
  if (given === undefined || given === Infinity) return given;
  if (Number.isSafeInteger(given) && given >= least) return given;
  throw new OptionError(option, `a whole number of at least ${least}`, given);
}
