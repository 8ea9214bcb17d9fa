import { errorNames, nativeAncestor, nativeName } from "../built-in.ts";
import { OptionError } from "../errors.ts";

/** A class whose instances are to be stored. */
export type Class<T extends object = object> = abstract new (...args: never[]) => T;

/** How the instances of one class are stored. */
export interface ClassCodec<T extends object = object> {
  readonly class: Class<T>;
  /** Marks stored instances; keep it when the class is renamed. Default: the class's name. */
  readonly id?: string | undefined;
  /** What is stored of an instance. Default: its own enumerable fields. */
  toData?(value: T): unknown;
  /** Makes the instance of what was stored. Default: a new object with these fields, unconstructed. */
  fromData?(data: unknown): T;
}

/** A registered class, with every default settled. */
export interface RegisteredClass {
  readonly id: string;
  readonly prototype: object;
  /** Whether its instances are errors, and are stored as such. */
  readonly isError: boolean;
  readonly toData: ((value: object) => unknown) | undefined;
  readonly fromData: ((data: unknown) => object) | undefined;
}

/** The classes whose instances a codec stores, by prototype and by id. */
export class ClassRegistry {
  readonly #byPrototype = new Map<object, RegisteredClass>();
  readonly #byId = new Map<string, RegisteredClass>();

  /** @throws OptionError when two have one id, or one cannot be stored as it was registered */
  constructor(classes: readonly (Class | ClassCodec)[]) {
    for (const given of classes) {
      const registered = settled(given);
      if (this.#byId.has(registered.id)) {
        throw new OptionError(
          "classes",
          "classes of different ids; name one with `id`",
          registered.id,
        );
      }
      this.#byId.set(registered.id, registered);
      this.#byPrototype.set(registered.prototype, registered);
    }
  }

  /** The class of which this is an instance, none that it inherits from. */
  ofInstance(value: object): RegisteredClass | undefined {
    return this.#byPrototype.get(Object.getPrototypeOf(value) as object);
  }

  ofId(id: unknown): RegisteredClass | undefined {
    return this.#byId.get(id as string);
  }
}

function settled(given: Class | ClassCodec): RegisteredClass {
  const codec: ClassCodec = typeof given === "function" ? { class: given } : given;
  const prototype: unknown = typeof codec?.class === "function" ? codec.class.prototype : undefined;
  if (typeof prototype !== "object" || prototype === null) {
    throw new OptionError("classes", "classes, or { class, id, toData, fromData }", given);
  }
  const id = codec.id ?? codec.class.name;
  if (typeof id !== "string" || id === "") {
    throw new OptionError("classes", "classes with a name or an `id`", given);
  }
  if ((codec.toData === undefined) !== (codec.fromData === undefined)) {
    throw new OptionError("classes", "given both `toData` and `fromData`, or neither", id);
  }
  if (nativeName(prototype) !== undefined) {
    throw new OptionError("classes", "classes of your own; JavaScript's are stored anyway", id);
  }
  const native = nativeAncestor(prototype) ?? "Object";
  const isError = (errorNames as readonly string[]).includes(native);
  if (native !== "Object" && !isError && codec.toData === undefined) {
    // The content of a Map and its like is in no field.
    throw new OptionError("classes", `given \`toData\` and \`fromData\` to extend ${native}`, id);
  }
  return {
    id,
    prototype,
    isError,
    toData: codec.toData?.bind(codec),
    fromData: codec.fromData?.bind(codec),
  };
}
