import type { Key } from "./key-value.ts";

/** Who a class instance is, as part of a key. */
export interface InstanceIdentity {
  readonly className: string;
  readonly identity: Key;
}

export interface EncodeKeyOptions {
  /** What error messages call the key. Default: `key`. */
  readonly root?: string | undefined;
  /**
   * Tells the identity of an instance of a class that does not declare `[identity]()`. Without an
   * answer the instance is refused. `path` is where it stands, for error messages.
   */
  readonly instance?: ((value: object, path: string) => InstanceIdentity | undefined) | undefined;
}
