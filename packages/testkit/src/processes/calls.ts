/** What a call does to one key, whatever it is named in the contract. */
export type Action = "set" | "get" | "has" | "delete" | "setDefault";

/** One call on one key, as the caller saw it from outside the store. */
export interface Call {
  readonly action: Action;
  readonly key: string;
  /** Of a call that writes: what tells its value from every other. */
  readonly mark: string | null;
  /** Before it was made, in milliseconds by the clock of the machine. */
  readonly begin: number;
  /** After it was answered. Infinity: it never was. */
  readonly end: number;
  /** Of a `get` and a `setDefault` the mark; of a `delete` or `has` a boolean; null: nothing. */
  readonly outcome: string | boolean | null;
}
