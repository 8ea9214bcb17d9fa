import { types } from "node:util";

/** What a value is made of. An `instance` is anything that is of no kind before it in this list. */
export type BuiltIn =
  | "object"
  | "bare object"
  | "array"
  | "map"
  | "set"
  | "date"
  | "regexp"
  | "url"
  | "buffer"
  | "typed array"
  | "data view"
  | "array buffer"
  | "shared array buffer"
  | "boxed"
  | "error"
  | "instance";

/** The classes of typed arrays. `Float16Array` is missing on older versions of Node.js. */
export const typedArrayNames = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
] as const;

export type TypedArrayName = (typeof typedArrayNames)[number];

/** What all classes of typed arrays have in common. */
export interface TypedArray extends ArrayBufferView {
  readonly length: number;
  [index: number]: number | bigint;
}

/** JavaScript's own classes of errors, those that are missing on older versions of Node.js included. */
export const errorNames = [
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SuppressedError",
  "SyntaxError",
  "TypeError",
  "URIError",
] as const;

export type ErrorName = (typeof errorNames)[number];

type Recogniser = readonly [kind: BuiltIn, is: (value: object) => boolean];

const recognisers = new Map<string, Recogniser>([
  ["Object", ["object", () => true]],
  ["Array", ["array", (value) => Array.isArray(value)]],
  ["Map", ["map", types.isMap]],
  ["Set", ["set", types.isSet]],
  ["Date", ["date", types.isDate]],
  ["RegExp", ["regexp", types.isRegExp]],
  ["DataView", ["data view", types.isDataView]],
  ["ArrayBuffer", ["array buffer", types.isArrayBuffer]],
  ["SharedArrayBuffer", ["shared array buffer", types.isSharedArrayBuffer]],
  ["Number", ["boxed", types.isNumberObject]],
  ["String", ["boxed", types.isStringObject]],
  ["Boolean", ["boxed", types.isBooleanObject]],
  ["BigInt", ["boxed", types.isBigIntObject]],
  ["Symbol", ["boxed", types.isSymbolObject]],
  ...typedArrayNames.map((name): [string, Recogniser] => [
    name,
    ["typed array", (value) => typedArrayName(value) === name],
  ]),
  ...errorNames.map((name): [string, Recogniser] => [name, ["error", types.isNativeError]]),
]);

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const typedArrayTag = getter(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);
const urlHref = getter(URL.prototype, "href");

const nativeCode = /^function ([A-Z]\w*)\(\) \{ \[native code\] \}$/;

const anyInstance: Recogniser = ["instance", () => true];
/** By the prototypes that were met; those of Node.js's own classes are of JavaScript code. */
const known = new WeakMap<object, Recogniser>([
  [Buffer.prototype, ["buffer", types.isUint8Array]],
  [URL.prototype, ["url", (value) => hrefOf(value) !== undefined]],
]);

/**
 * Tells what a value is made of, of whichever realm: tests and `node:vm` give each context classes
 * of its own, so that `instanceof` and comparing constructors would miss. Instances of subclasses and
 * proxies of built-in objects are instances.
 */
export function builtInOf(value: object): BuiltIn {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === objectPrototype) return "object";
  if (prototype === arrayPrototype && Array.isArray(value)) return "array";
  if (prototype === null) return "bare object";
  const [kind, is] = known.get(prototype) ?? recogniserOf(prototype);
  return is(value) ? kind : "instance";
}

function recogniserOf(prototype: object): Recogniser {
  const name = nativeName(prototype) ?? nodeErrorName(prototype) ?? "";
  const recogniser = recognisers.get(name) ?? anyInstance;
  known.set(prototype, recogniser);
  return recogniser;
}

/** @returns the name of the typed array's class; undefined when it is no typed array */
export function typedArrayName(value: object): TypedArrayName | undefined {
  return typedArrayTag.call(value) as TypedArrayName | undefined;
}

/** @returns the URL's text; undefined when the value only looks like a URL */
export function hrefOf(value: object): string | undefined {
  try {
    return urlHref.call(value) as string;
  } catch {
    return undefined;
  }
}

function getter(holder: object, name: PropertyKey): () => unknown {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name) as { get: () => unknown };
  return descriptor.get;
}

/**
 * @returns the name of JavaScript's own class, of whichever realm, that this is the prototype of;
 * undefined when it is another object
 */
export function nativeName(prototype: object): string | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function" || constructor.prototype !== prototype) return undefined;
  return nativeCode.exec(Function.prototype.toString.call(constructor))?.[1];
}

/** Some of Node.js's errors have prototypes between, which claim to be the one of JavaScript's class. */
function nodeErrorName(prototype: object): string | undefined {
  const claimed: unknown = Object.hasOwn(prototype, "constructor") && prototype.constructor;
  if (typeof claimed !== "function" || typeof claimed.prototype !== "object") return undefined;
  const name = nativeName((claimed.prototype ?? {}) as object) as ErrorName | undefined;
  const isError = name !== undefined && errorNames.includes(name);
  return isError && name === nativeAncestor(prototype) ? name : undefined;
}

/** The name of the nearest class; empty when there is none, or none with a name. */
export function classNameOf(value: object): string {
  const constructor: unknown = (value as { constructor?: unknown }).constructor;
  return typeof constructor === "function" ? constructor.name : "";
}

/** The name of the nearest of JavaScript's own classes among these prototypes. */
export function nativeAncestor(prototype: object | null): string | undefined {
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const name = nativeName(at);
    if (name !== undefined) return name;
  }
  return undefined;
}
