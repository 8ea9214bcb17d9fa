import { OptionError } from "@class-cache/mapping";
import type { SuiteOptions } from "./options.ts";

const isFunction = (value: unknown): boolean => typeof value === "function";
const isCapability = (value: unknown): boolean => value === true || typeof value === "string";

const FORMS: Readonly<Record<string, readonly [string, (value: unknown) => boolean]>> = {
  test: ["the runner's test function", isFunction],
  expect: ["the runner's expect function", isFunction],
  backend: ["a function that makes a backend", isFunction],
  effort: ["a whole number above 0", (value) => Number.isInteger(value) && Number(value) > 0],
  name: ["a string", (value) => typeof value === "string"],
  options: ["true or a reason", isCapability],
  reopens: ["true or a reason", isCapability],
  processes: [
    "a module that makes the backend, as { module }, or a reason",
    (value) =>
      typeof value === "string" ||
      (typeof value === "object" && value !== null && "module" in value),
  ],
  richValues: ["true or a reason", isCapability],
  damage: ['"misses", "errors", "setbacks" or a reason', (value) => typeof value === "string"],
};

/** @throws OptionError naming the first option that is missing, unknown or not of its form */
export function checkSuiteOptions(options: SuiteOptions): void {
  const given = options as unknown as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(FORMS, name)) {
      throw new OptionError(`suite({ ${name} })`, `one of ${Object.keys(FORMS).join(", ")}`, name);
    }
  }
  for (const [name, [expected, holds]] of Object.entries(FORMS)) {
    const isRequired = name === "test" || name === "backend";
    if ((isRequired || given[name] !== undefined) && !holds(given[name])) {
      throw new OptionError(`suite({ ${name} })`, expected, given[name]);
    }
  }
}
