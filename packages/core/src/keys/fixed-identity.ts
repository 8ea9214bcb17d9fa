import { encodeKey, identity } from "@class-cache/mapping";
import { identityOfOwner, keyableInstance, ownerOf } from "./identity.ts";
import { classDeclaration, transientFields } from "./metadata.ts";

const WAY_OUT =
  "Make a new instance instead, or declare the field @transient when results do not depend on it.";

/**
 * The identity that an instance had when it was first used. Fields that belong to it can no longer be
 * assigned to; other ways to change it (a change deep in a field's object, a field added or deleted)
 * are found by `check()`.
 */
export class FixedIdentity {
  /** The canonical text of the identity. */
  readonly text: string;
  /** The text of each field that the identity consists of. */
  readonly #fields: ReadonlyMap<string, string>;

  /** @throws UnkeyableError when the instance has no identity */
  constructor(instance: object) {
    this.text = identityText(instance);
    this.#fields = fieldTexts(instance);
    for (const name of this.#fields.keys()) fix(instance, name);
  }

  /** @throws TypeError when the instance's identity is another by now */
  check(instance: object): void {
    if (identityText(instance) === this.text) return;
    const changed = this.#changedField(instance);
    throw new TypeError(
      `The identity of this ${instance.constructor.name} has changed since its first use` +
        `${changed === undefined ? "" : ` in the field ${changed}`}. ${WAY_OUT}`,
    );
  }

  #changedField(instance: object): string | undefined {
    const now = fieldTexts(instance);
    const names = [...this.#fields.keys(), ...now.keys()];
    return names.find((name) => this.#fields.get(name) !== now.get(name));
  }
}

function identityText(instance: object): string {
  return identityOfOwner(ownerOf(instance)).text(instance);
}

/** Of the own fields that the identity consists of; of none where the class declares it otherwise. */
function fieldTexts(instance: object): Map<string, string> {
  const texts = new Map<string, string>();
  if (identity in instance || classDeclaration(instance.constructor)?.identity !== undefined) {
    return texts;
  }
  const transient = transientFields(ownerOf(instance));
  for (const [name, value] of Object.entries(instance)) {
    if (transient.has(name)) continue;
    texts.set(name, encodeKey(value as object, { instance: keyableInstance }));
  }
  return texts;
}

function fix(instance: object, name: string): void {
  const field = Object.getOwnPropertyDescriptor(instance, name);
  if (field?.configurable !== true || !("value" in field)) return;
  const value: unknown = field.value;
  Object.defineProperty(instance, name, {
    enumerable: true,
    configurable: false,
    get: () => value,
    set() {
      throw new TypeError(
        `The field ${name} of this ${instance.constructor.name} belongs to its identity ` +
          `and was fixed at its first use. ${WAY_OUT}`,
      );
    },
  });
}
