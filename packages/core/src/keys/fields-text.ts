import { setImmediate } from "node:timers";
import type { Key } from "@class-cache/mapping";
import { primitiveText } from "./primitive-text.ts";

/** The names that were last seen on an instance, and what the text of its identity is put together from. */
interface Shape {
  /** All own names, in the order of the instance. */
  readonly names: readonly string[];
  /** The places of the counted ones among them, in the order of the text. */
  readonly counted: readonly number[];
  /** What stands in the text before each counted value. */
  readonly prefixes: readonly string[];
}

/** Stands for the value of a field that does not count. */
const ANY = Symbol("any");
/** Values that no instance has: no text was put together last. */
const NONE: readonly unknown[] = [Symbol("none")];

/** The identity of a class's instances that declare none: their own fields without the transient ones. */
export class FieldsText {
  readonly #transient: ReadonlySet<string | symbol>;
  readonly #ofClass: boolean;
  /** Instances of one class nearly always have the same fields in the same order. */
  #shape: Shape;
  /** What its fields had when a text was last put together, all primitive; `ANY` where it does not count. */
  #lastValues: readonly unknown[] = NONE;
  #lastText = "";
  /** The last instance that was seen to have no symbols, in this turn of the event loop. */
  #plain: object | undefined;

  /** @param ofClass the "instance" is a class and its fields are the static ones, parents' included */
  constructor(transient: ReadonlySet<string | symbol>, ofClass: boolean) {
    this.#transient = transient;
    this.#ofClass = ofClass;
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

  /**
   * The canonical text of the same, as `encodeKey` gives it but without a copy of the fields; undefined
   * where not all of them are primitive, for a class, and for what has symbols.
   */
  text(instance: object): string | undefined {
    return instance === this.#plain && hasFields(instance, this.#shape.names, this.#lastValues)
      ? this.#lastText
      : this.#textAnew(instance);
  }

  #textAnew(instance: object): string | undefined {
    if (instance !== this.#plain && !this.#isPlain(instance)) return undefined;
    if (hasFields(instance, this.#shape.names, this.#lastValues)) return this.#lastText;
    const names = Object.keys(instance);
    if (!isSame(names, this.#shape.names)) this.#shape = this.#shapeOf(names);
    return this.#putTogether(instance as Readonly<Record<string, unknown>>);
  }

  /** Looking for symbols costs more than all the rest of a call: once a turn must do. */
  #isPlain(instance: object): boolean {
    if (this.#ofClass || Object.getOwnPropertySymbols(instance).length > 0) return false;
    if (this.#plain === undefined) setImmediate(() => (this.#plain = undefined));
    this.#plain = instance;
    return true;
  }

  /** @returns undefined when a value is not primitive */
  #putTogether(fields: Readonly<Record<string, unknown>>): string | undefined {
    const { names, counted, prefixes } = this.#shape;
    const values: unknown[] = names.map(() => ANY);
    let text = "";
    this.#lastValues = NONE;
    for (let at = 0; at < counted.length; at += 1) {
      const place = counted[at] as number;
      const value = fields[names[place] as string];
      const written = primitiveText(value);
      if (written === undefined) return undefined;
      values[place] = value;
      text += prefixes[at] + written;
    }
    this.#lastValues = values;
    this.#lastText = counted.length === 0 ? "{}" : `${text}}`;
    return this.#lastText;
  }

  #shapeOf(names: readonly string[]): Shape {
    const fields = names
      .map((name, place) => ({ name, place, written: name.startsWith("$") ? `$${name}` : name }))
      .filter(({ name }) => !this.#transient.has(name))
      .sort((a, b) => (a.written < b.written ? -1 : 1));
    return {
      names,
      counted: fields.map(({ place }) => place),
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
 * Whether the fields have these names and values. Enumerable names that are inherited make it false,
 * which costs time only.
 */
function hasFields(
  instance: object,
  names: readonly string[],
  values: readonly unknown[],
): boolean {
  let at = 0;
  for (const name in instance) {
    if (name !== names[at]) return false;
    const value = values[at];
    if (value !== ANY && (instance as Readonly<Record<string, unknown>>)[name] !== value) {
      return false;
    }
    at += 1;
  }
  return at === values.length;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
