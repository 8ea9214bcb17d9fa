import type { EncodeKeyOptions, Key } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import { primitiveText } from "./primitive-text.ts";

/** The names that were last seen on an instance, and what the text of its identity is put together from. */
interface Shape {
  /** All own names, in the order of the instance. */
  readonly names: readonly string[];
  /** The counted ones, in the order of the text. */
  readonly counted: readonly string[];
  /** What stands in the text before each counted value. */
  readonly prefixes: readonly string[];
}

/** The identity of a class's instances that declare none: their own fields without the transient ones. */
export class FieldsText {
  readonly #transient: ReadonlySet<string | symbol>;
  readonly #ofClass: boolean;
  readonly #encoding: EncodeKeyOptions;
  /** Instances of one class nearly always have the same fields in the same order. */
  #shape: Shape;
  /** The counted values that were last put into a text, all primitive, and that text; "": none yet. */
  #lastValues: unknown[] = [];
  #lastText = "";

  /** @param ofClass the "instance" is a class and its fields are the static ones, parents' included */
  constructor(
    transient: ReadonlySet<string | symbol>,
    ofClass: boolean,
    encoding: EncodeKeyOptions,
  ) {
    this.#transient = transient;
    this.#ofClass = ofClass;
    this.#encoding = encoding;
    this.#shape = this.#shapeOf([]);
  }

  read(instance: object): Key {
    const fields: Record<string | symbol, unknown> = {};
    for (const holder of this.#ofClass ? holders(instance) : [instance]) {
      for (const name of Reflect.ownKeys(holder)) {
        if (this.#transient.has(name) || isToolMetadata(name)) continue;
        if (!Object.prototype.propertyIsEnumerable.call(holder, name)) continue;
        const value: unknown = Reflect.get(instance, name);
        Object.defineProperty(fields, name, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
    }
    return fields;
  }

  /** The canonical text of the same, the same as `encodeKey` gives but without a copy of the fields. */
  text(instance: object): string {
    return this.#quickText(instance) ?? encodeKey(this.read(instance), this.#encoding);
  }

  #quickText(instance: object): string | undefined {
    if (this.#ofClass || Object.getOwnPropertySymbols(instance).length > 0) return undefined;
    if (!hasNames(instance, this.#shape.names)) {
      this.#shape = this.#shapeOf(Object.keys(instance));
      this.#lastText = "";
    }
    const { counted } = this.#shape;
    if (counted.length === 0) return "{}";
    const fields = instance as Readonly<Record<string, unknown>>;
    return this.#repeats(fields) ? this.#lastText : this.#putTogether(fields);
  }

  #repeats(fields: Readonly<Record<string, unknown>>): boolean {
    if (this.#lastText === "") return false;
    const { counted } = this.#shape;
    for (let at = 0; at < counted.length; at += 1) {
      if (fields[counted[at] as string] !== this.#lastValues[at]) return false;
    }
    return true;
  }

  /** @returns undefined when a value is not primitive */
  #putTogether(fields: Readonly<Record<string, unknown>>): string | undefined {
    const { counted, prefixes } = this.#shape;
    const values: unknown[] = [];
    let text = "";
    for (let at = 0; at < counted.length; at += 1) {
      const value = fields[counted[at] as string];
      const written = primitiveText(value);
      if (written === undefined) return undefined;
      values.push(value);
      text += prefixes[at] + written;
    }
    this.#lastValues = values;
    this.#lastText = `${text}}`;
    return this.#lastText;
  }

  #shapeOf(names: readonly string[]): Shape {
    const fields = names
      .filter((name) => !this.#transient.has(name))
      .map((name) => ({ name, written: name.startsWith("$") ? `$${name}` : name }))
      .sort((a, b) => (a.written < b.written ? -1 : 1));
    return {
      names,
      counted: fields.map(({ name }) => name),
      prefixes: fields.map(
        ({ written }, at) => `${at === 0 ? "{" : ","}${JSON.stringify(written)}:`,
      ),
    };
  }
}

/** The class and its parents, the farthest first, so that a nearer static field comes later. */
function holders(constructor: object): readonly object[] {
  const all: object[] = [];
  for (
    let at: object = constructor;
    typeof at === "function" && Object.hasOwn(at, "prototype");
    at = Object.getPrototypeOf(at) as object
  ) {
    all.unshift(at);
  }
  return all;
}

/** Compilers leave decorator metadata on classes in an enumerable property. */
function isToolMetadata(name: string | symbol): boolean {
  return typeof name === "symbol" && name.description === "Symbol.metadata";
}

/**
 * Whether these are the names of the fields. Enumerable names that are inherited make it false, which
 * costs time only.
 */
function hasNames(instance: object, names: readonly string[]): boolean {
  let at = 0;
  for (const name in instance) {
    if (name !== names[at]) return false;
    at += 1;
  }
  return at === names.length;
}
