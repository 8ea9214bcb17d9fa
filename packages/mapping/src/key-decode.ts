import { type TypedArray, type TypedArrayName, typedArrayNames } from "./built-in.ts";
import { DamagedError } from "./errors.ts";
import { encodeKey } from "./key-encode.ts";
import { InstanceKey, type Key } from "./key-value.ts";

const shownText = 60;

/**
 * The key of a canonical text. Class instances come back as `InstanceKey`. What is read is written
 * again and compared, so that the reading itself need not be strict.
 * @throws DamagedError for any text that `encodeKey` never writes
 */
export function decodeKey(text: string): Key {
  let cause: unknown;
  try {
    const key = revive(JSON.parse(text) as Json);
    if (encodeKey(key) === text) return key;
  } catch (error) {
    cause = error;
  }
  const shown = text.length > shownText ? `${text.slice(0, shownText)}…` : text;
  throw new DamagedError(`The key text ${shown}`, { cause });
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Pair = readonly [Json, Json];

function revive(node: Json): Key {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return reviveArray(node);
  const names = Object.keys(node);
  const tag = names[0];
  if (names.length === 1 && tag !== undefined && isTag(tag)) {
    return revivers[tag.slice(1)]?.(node[tag] as never);
  }
  return reviveProperties(node, {});
}

const revivers: Readonly<Record<string, (content: never) => Key>> = Object.assign(
  Object.create(null) as Record<string, (content: never) => Key>,
  {
    undefined: () => undefined,
    number: (content: string) => Number(content),
    bigint: (content: string) => BigInt(content),
    date: (content: number | null) => new Date(content ?? Number.NaN),
    regexp: ([source, flags, lastIndex]: [string, string, Json]) =>
      Object.assign(new RegExp(source, flags), { lastIndex: revive(lastIndex) }),
    url: (content: string) => new URL(content),
    map: (content: Pair[]) => new Map(content.map(([key, value]) => [revive(key), revive(value)])),
    set: (content: Json[]) => new Set(content.map(revive)),
    array: ([elements, properties]: [Json[], { [name: string]: Json }]) =>
      reviveProperties(properties, reviveArray(elements)),
    null: (content: { [name: string]: Json }) =>
      reviveProperties(content, Object.create(null) as object),
    instance: ([className, identity]: [string, Json]) =>
      new InstanceKey(className, revive(identity)),
    Buffer: (content: string) => Buffer.from(bytesOf(content)),
    DataView: (content: string) => new DataView(bytesOf(content)),
    ArrayBuffer: (content: string) => bytesOf(content),
    SharedArrayBuffer: (content: string) => {
      const bytes = new Uint8Array(bytesOf(content));
      const shared = new SharedArrayBuffer(bytes.length);
      new Uint8Array(shared).set(bytes);
      return shared;
    },
  },
  Object.fromEntries(
    typedArrayNames.map((name) => [name, (content: string) => typedArray(name, bytesOf(content))]),
  ),
);

/** `$` and one more sign that is no `$`: the names of a key's own properties never begin like that. */
function isTag(name: string): boolean {
  return name.startsWith("$") && !name.startsWith("$$");
}

function reviveArray(nodes: Json[]): Key[] {
  const array: Key[] = [];
  for (const node of nodes) {
    const hole = holeLength(node);
    if (hole === undefined) array.push(revive(node));
    else array.length += hole;
  }
  return array;
}

function holeLength(node: Json): number | undefined {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, "$hole")) return undefined;
  return (node as { $hole: number }).$hole;
}

function reviveProperties<T extends object>(node: { [name: string]: Json }, target: T): T {
  for (const [name, content] of Object.entries(node)) {
    const value = revive(content);
    const own = name.startsWith("$") ? name.slice(1) : name;
    // Assigning `__proto__` would set the prototype instead.
    Object.defineProperty(target, own, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return target;
}

function bytesOf(base64: string): ArrayBuffer {
  const decoded = Buffer.from(base64, "base64");
  const bytes = new Uint8Array(decoded.length);
  bytes.set(decoded);
  return bytes.buffer;
}

function typedArray(name: TypedArrayName, bytes: ArrayBuffer): TypedArray {
  const known = globalThis as unknown as Record<
    TypedArrayName,
    (new (buffer: ArrayBuffer) => TypedArray) | undefined
  >;
  const constructor = known[name];
  if (constructor === undefined) throw new TypeError(`This Node.js has no ${name}`);
  return new constructor(bytes);
}
