import type { EncodeKeyOptions, Key } from "@class-cache/mapping";
import { encodeKey, identity, UnkeyableError } from "@class-cache/mapping";
import { classIdOf } from "./class-id.ts";
import { FieldsText } from "./fields-text.ts";
import { hiddenState } from "./hidden-state.ts";
import { classDeclaration, transientFields, transientRevision } from "./metadata.ts";

const DECLARE_IDENTITY =
  "Declare what identifies an instance with a method [identity]() or with @cacheable({ identity }).";

/**
 * What tells an instance from others of its class: what its `[identity]()` or `cacheable({ identity })`
 * gives, else its own fields that are not `@transient`. For a class it is its static fields.
 *
 * @param root what error messages call the instance
 * @throws UnkeyableError when a part of its state is hidden, as `#private` fields are
 */
export function identityOf(instance: object, root: string = "this"): Key {
  return identityOfOwner(ownerOf(instance, root)).read(instance, root);
}

const THIS: EncodeKeyOptions = { root: "this", instance: keyableInstance };

/**
 * Whose identity rules count for an object: its prototype; for a class, as in static methods, itself.
 *
 * @throws UnkeyableError for an object that has inherited fields, which an identity would not see
 */
export function ownerOf(instance: object, root: string = "this"): object {
  if (typeof instance === "function") return instance;
  const prototype = Object.getPrototypeOf(instance) as object | null;
  if (prototype === null || !Object.hasOwn(prototype, "constructor")) {
    throw new UnkeyableError(
      root,
      "an object without a class of its own (made by Object.create or with another prototype)",
      "Make it with new.",
    );
  }
  return prototype;
}

/** The class of an owner as `ownerOf` gives it. */
export function classOfOwner(owner: object): Function {
  return typeof owner === "function" ? owner : (owner.constructor as Function);
}

/** The identity rules of all instances of one class. */
export interface IdentityRules {
  read(instance: object, root: string): Key;
  /** The canonical text of the same. */
  text(instance: object): string;
}

const rulesByOwner = new WeakMap<object, OwnerRules>();

/** @param owner as `ownerOf` gives it */
export function identityOfOwner(owner: object): IdentityRules {
  let rules = rulesByOwner.get(owner);
  if (rules === undefined) {
    rules = new OwnerRules(owner);
    rulesByOwner.set(owner, rules);
  }
  return rules;
}

/** How `encodeKey` finds the identity of class instances among arguments and fields. */
export function keyableInstance(
  value: object,
  path: string,
): { readonly className: string; readonly identity: Key } | undefined {
  const constructor: unknown = Object.getPrototypeOf(value)?.constructor;
  if (typeof constructor !== "function" || classDeclaration(constructor) === undefined) {
    return undefined;
  }
  return { className: classIdOf(constructor), identity: identityOf(value, path) };
}

class OwnerRules implements IdentityRules {
  readonly #owner: object;
  readonly #declared: ((instance: never) => Key) | undefined;
  /** The state of `transientRevision()` that `#fields` was made in. */
  #revision = -1;
  #fields: FieldsText | undefined;

  constructor(owner: object) {
    this.#owner = owner;
    this.#declared =
      typeof owner === "function" ? undefined : classDeclaration(classOfOwner(owner))?.identity;
  }

  read(instance: object, root: string): Key {
    const own = (instance as { [identity]?: unknown })[identity];
    if (typeof own === "function") return (own as () => Key).call(instance);
    if (this.#declared !== undefined) return this.#declared(instance as never);
    return this.#fieldsOf(root).read(instance);
  }

  text(instance: object): string {
    // An instance with an identity of its own has a symbol, and so no text of fields.
    const text = this.#revision === transientRevision() ? this.#fields?.text(instance) : undefined;
    return text ?? this.#longText(instance);
  }

  #longText(instance: object): string {
    const isDeclared = this.#declared !== undefined || identity in instance;
    const text = isDeclared ? undefined : this.#fieldsOf("this").text(instance);
    return text ?? encodeKey(this.read(instance, "this"), THIS);
  }

  #fieldsOf(root: string): FieldsText {
    const revision = transientRevision();
    if (this.#fields === undefined || this.#revision !== revision) {
      const transient = transientFields(this.#owner);
      const ofClass = typeof this.#owner === "function";
      if (!ofClass) refuseHidden(classOfOwner(this.#owner), transient, root);
      this.#fields = new FieldsText(transient, ofClass);
      this.#revision = revision;
    }
    return this.#fields;
  }
}

function refuseHidden(
  constructor: Function,
  transient: ReadonlySet<string | symbol>,
  root: string,
): void {
  const { fields, builtIn } = hiddenState(constructor);
  if (builtIn !== undefined) {
    throw new UnkeyableError(root, `a ${builtIn}, whose contents are not fields`, DECLARE_IDENTITY);
  }
  const hidden = fields.find((name) => !transient.has(name));
  if (hidden === undefined) return;
  throw new UnkeyableError(
    `${root}.${hidden}`,
    "a field that only its own class can see",
    `${DECLARE_IDENTITY} Or declare the field @transient when it does not change what the methods return.`,
  );
}
