/** Longer strings are not worth looking through before JSON.stringify does it. */
const SHORT = 64;
/** Quotes, backslashes, control characters and surrogates are not in it. */
const AS_IT_IS = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** The canonical text of a primitive that JSON has; undefined for every other value. */
export function primitiveText(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? `${value}` : undefined;
  if (typeof value === "string") {
    return value.length <= SHORT && AS_IT_IS.test(value) ? `"${value}"` : JSON.stringify(value);
  }
  if (typeof value === "boolean") return value ? "true" : "false";
  return value === null ? "null" : undefined;
}
