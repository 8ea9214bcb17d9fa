/** A copy of more names, elements and characters than these is not worth its memory. */
const MOST_VALUES = 64;
const MOST_CHARACTERS = 1024;

/** What a copy has come to so far. */
interface Size {
  values: number;
  characters: number;
}

/**
 * A copy of plain objects, dense arrays and primitives that shares nothing with them, strings included: a
 * part of a long string would keep the whole of it in memory.
 *
 * @returns undefined for what has anything else in it, and for what is large
 */
export function plainCopy(value: object): object | undefined {
  const size = { values: 0, characters: 0 };
  return isPlain(value, size) ? (copyOf(value) as object) : undefined;
}

function isPlain(value: unknown, size: Size): boolean {
  if (typeof value === "string") return hasRoomFor(value, size);
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  const isArray = Array.isArray(value);
  if (isArray && value.length > MOST_VALUES) return false;
  if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) return false;
  const names = Object.keys(value);
  size.values += names.length;
  if (size.values > MOST_VALUES || (isArray && names.length !== value.length)) return false;
  return names.every((name, at) => {
    if (isArray ? name !== String(at) : !hasRoomFor(name, size)) return false;
    const property = Object.getOwnPropertyDescriptor(value, name);
    // What a getter gives now need not be what it gave before.
    return property !== undefined && "value" in property && isPlain(property.value, size);
  });
}

function hasRoomFor(text: string, size: Size): boolean {
  size.characters += text.length;
  return size.characters <= MOST_CHARACTERS;
}

function copyOf(value: unknown): unknown {
  if (typeof value === "string") return alone(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  // Assigning would take the name __proto__ for the prototype.
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyOf(part)]));
}

/** Names of properties are the only strings that the engine makes one of, and so keeps by themselves. */
function alone(text: string): string {
  for (const name in { [text]: 0 }) return name;
  return text;
}
