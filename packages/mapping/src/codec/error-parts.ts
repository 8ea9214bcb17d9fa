/** The own properties of errors that are not enumerable as a rule, and are kept. */
const hiddenParts = ["message", "stack", "cause", "name", "errors", "error", "suppressed"];

/** The names of those that this error has, and that are not enumerable. */
export function hiddenErrorParts(error: object): string[] {
  return hiddenParts.filter((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(error, name);
    if (descriptor === undefined || descriptor.enumerable === true) return false;
    // A stack that is no text comes of `Error.prepareStackTrace` and cannot be kept.
    return name !== "stack" || typeof (error as { stack?: unknown }).stack === "string";
  });
}
