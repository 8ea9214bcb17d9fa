import { types } from "node:util";
import { classNameOf, nativeAncestor } from "./built-in.ts";

/** Names what a refused value is, with its article: "a function", "an instance of Session". */
export function describeValue(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  if (types.isProxy(value)) return "a proxy";
  if (types.isPromise(value)) return "a promise";
  if (types.isGeneratorObject(value)) return "a generator";
  const name = classNameOf(value);
  if (types.isBoxedPrimitive(value)) return `a boxed ${name}`;
  if (isStream(value)) return `a stream (${name})`;
  const native = nativeAncestor(Object.getPrototypeOf(value) as object | null);
  if (name === "" || name === "Object") return "an object with a prototype of its own";
  if (native === undefined || native === "Object") return `an instance of ${name}`;
  return native === name ? article(name) : `an instance of ${name}, which extends ${native}`;
}

function isStream(value: object): boolean {
  const { pipe, getReader, getWriter } = value as Record<string, unknown>;
  return [pipe, getReader, getWriter].some((method) => typeof method === "function");
}

function article(name: string): string {
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`;
}
