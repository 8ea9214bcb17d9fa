import { OptionError } from "@class-cache/mapping";

const isFunction = (value: unknown): boolean => typeof value === "function";
const isCapability = (value: unknown): boolean => value === true || typeof value === "string";

/** Of each option what it has to be, in words and as a condition. */
export type Forms = Readonly<Record<string, readonly [string, (value: unknown) => boolean]>>;

export const SUITE_FORMS: Forms = {
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
  ownFiles: ["true or a reason", isCapability],
  damage: ['"misses", "errors", "setbacks" or a reason', (value) => typeof value === "string"],
};

/** @throws OptionError naming the first option that is missing, unknown or not of its form */
export function checkOptions(call: string, options: object, forms: Forms): void {
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(forms, name)) {
      throw new OptionError(
        `${call}({ ${name} })`,
        `one of ${Object.keys(forms).join(", ")}`,
        name,
      );
    }
  }
  for (const [name, [expected, holds]] of Object.entries(forms)) {
    const isRequired = name === "test" || name === "backend";
    if ((isRequired || given[name] !== undefined) && !holds(given[name])) {
      throw new OptionError(`${call}({ ${name} })`, expected, given[name]);
    }
  }
}
