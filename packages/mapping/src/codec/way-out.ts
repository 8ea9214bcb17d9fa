import { types } from "node:util";
import { classNameOf, nativeAncestor } from "../built-in.ts";

const dataOnly = "Return data only, or leave it out of what is returned.";

/** What to do about a part that the structured codec refuses. */
export function wayOutFor(part: unknown): string {
  if (typeof part !== "object" || part === null) return dataOnly;
  if (types.isSharedArrayBuffer(part)) return "Copy its content into an ArrayBuffer first.";
  if (types.isProxy(part)) return "Store what it is a proxy of.";
  const name = classNameOf(part);
  const native = nativeAncestor(Object.getPrototypeOf(part) as object | null);
  if (name === "" || name === "Object" || name === native) return dataOnly;
  return native === undefined || native === "Object" || types.isNativeError(part)
    ? `Register the class: structured({ classes: [${name}] }).`
    : `Register the class: structured({ classes: [{ class: ${name}, toData, fromData }] }).`;
}
