/** Longer strings are not worth looking through before JSON.stringify does it. */
const SHORT = 64;
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The canonical text of a primitive that JSON has; undefined for every other value. */
export function primitiveText(value: unknown): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? `${value}` : undefined;
    case "string":
      return value.length <= SHORT && !NEEDS_ESCAPE.test(value)
        ? `"${value}"`
        : JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    default:
      return value === null ? "null" : undefined;
  }
}
