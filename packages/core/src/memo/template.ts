/** An object of a value and the objects in it, by the names or indices of their places. */
interface Part {
  readonly value: object;
  readonly parts: readonly (readonly [place: string, part: Part])[];
}

/**
 * A value of nothing but plain objects, arrays and primitives, of which copies are made much sooner
 * than a codec decodes one.
 */
export class Template {
  readonly #root: Part;

  private constructor(root: Part) {
    this.#root = root;
  }

  /**
   * @returns undefined for a value that has anything else in it: then a copy would not be exact. The
   * value itself is not kept
   */
  static of(value: unknown): Template | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const root = partOf(value, new Set());
    return root === undefined ? undefined : new Template(root);
  }

  copy(): unknown {
    return copyOf(this.#root);
  }
}

function copyOf({ value, parts }: Part): object {
  const copy = (Array.isArray(value) ? value.slice() : { ...value }) as Record<string, unknown>;
  for (const [place, part] of parts) copy[place] = copyOf(part);
  return copy;
}

/** @param met the objects seen so far: one that is referred to twice must stay one */
function partOf(value: object, met: Set<object>): Part | undefined {
  if (met.has(value) || !isPlain(value)) return undefined;
  met.add(value);
  const parts: [string, Part][] = [];
  for (const [place, inside] of Object.entries(value)) {
    if (typeof inside === "function" || typeof inside === "symbol") return undefined;
    if (typeof inside !== "object" || inside === null) continue;
    const part = partOf(inside as object, met);
    if (part === undefined) return undefined;
    parts.push([place, part]);
  }
  const copy = (Array.isArray(value) ? value.slice() : { ...value }) as object;
  return { value: copy, parts };
}

/** Whether a copy by spreading is exact: plain data, in places that assigning reaches. */
function isPlain(value: object): boolean {
  if (!Object.isExtensible(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isArray = Array.isArray(value) && prototype === Array.prototype;
  if (!isArray && prototype !== Object.prototype) return false;
  const names = Reflect.ownKeys(value);
  // An array's length comes after its indices: no holes, and nothing beside its elements.
  if (isArray && names.length !== value.length + 1) return false;
  return names.every((name) => {
    if (typeof name === "symbol" || name === "__proto__") return false;
    if (isArray && name === "length") return true;
    const at = Object.getOwnPropertyDescriptor(value, name);
    return at?.writable === true && at.enumerable === true && at.configurable === true;
  });
}
