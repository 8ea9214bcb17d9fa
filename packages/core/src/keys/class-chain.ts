/** The class and the classes that it extends, nearest first, `Object` excepted. */
export function classChain(constructor: Function): readonly Function[] {
  const chain: Function[] = [];
  let prototype = constructor.prototype as object | null | undefined;
  while (typeof prototype === "object" && prototype !== null) {
    const parent = Object.getPrototypeOf(prototype) as object | null;
    // The prototype without a parent is that of Object, of whichever realm.
    if (parent === null) break;
    const own: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    if (typeof own === "function") chain.push(own);
    prototype = parent;
  }
  return chain;
}

/** The text that a class was written as. */
export function sourceText(constructor: Function): string {
  return Function.prototype.toString.call(constructor);
}
