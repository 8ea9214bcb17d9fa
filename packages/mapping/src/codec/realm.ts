import { types } from "node:util";
import { deserialize, serialize } from "node:v8";
import { nativeName } from "../built-in.ts";

/**
 * V8 makes what it reads of the classes of Node's main realm. Code in a realm of its own, as each test
 * file has in Jest, has other classes of the same names, and `instanceof` would tell a value that was
 * read back from the one that was stored.
 */
const isMainRealm = Object.getPrototypeOf(deserialize(serialize({}))) === Object.prototype;

/** Makes what V8 read of this realm's classes. @param met the objects that have been made so */
export function bringHome(value: unknown, met: Set<object>): void {
  if (isMainRealm || typeof value !== "object" || value === null || met.has(value)) return;
  met.add(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const home = prototype === null ? undefined : homeOf(prototype);
  if (home !== undefined && home !== prototype) Object.setPrototypeOf(value, home);
  if (ArrayBuffer.isView(value)) return;
  for (const part of Object.values(value)) bringHome(part, met);
  if (types.isMap(value)) {
    for (const entry of value) entry.forEach((part) => bringHome(part, met));
  } else if (types.isSet(value)) {
    for (const member of value) bringHome(member, met);
  }
}

function homeOf(prototype: object): object | undefined {
  const name = nativeName(prototype);
  if (name === undefined) return undefined;
  return (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name]
    ?.prototype;
}
