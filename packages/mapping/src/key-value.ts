/**
 * A structured value that names an entry. Keys compare by value. What cannot be keyed (functions,
 * symbols, instances of classes without an identity, cycles) is refused at run time with
 * `UnkeyableError`.
 */
export type Key = undefined | null | boolean | number | bigint | string | object;

/** A method of this name gives an instance's own identity: `[identity](): Key`. */
export const identity: unique symbol = Symbol.for("class-cache.identity");

/**
 * What stands for a class instance in a key that was read back: its class's name and its identity. As
 * a key it is equal to the instance.
 */
export interface InstanceKey {
  readonly className: string;
  [identity](): Key;
}

export const InstanceKey: new (className: string, instanceIdentity: Key) => InstanceKey =
  class implements InstanceKey {
    readonly className: string;
    readonly #identity: Key;

    constructor(className: string, instanceIdentity: Key) {
      this.className = className;
      this.#identity = instanceIdentity;
    }

    [identity](): Key {
      return this.#identity;
    }
  };
