/** What is known of a call. */
export interface KnownCall {
  /** The canonical text of its key. */
  readonly text: string;
  /**
   * What was found under the key when the call was last made, for whoever answers calls to set. He
   * clears it when it no longer holds.
   */
  found: unknown;
}

/** A level of the tree: what follows an argument. */
interface Branch {
  call: KnownCall | undefined;
  next: Map<unknown, Branch> | undefined;
}

const MAX_CALLS = 1000;
/** Longer strings are not worth the memory. */
const MAX_LENGTH = 128;

/**
 * The recent calls whose arguments are all primitives, found without putting the text of their keys
 * together.
 */
export class RecentCalls {
  #root: Branch = { call: undefined, next: undefined };
  #count = 0;

  /**
   * Arguments are told apart as a Map does, which is as keys do: types count, NaN equals itself, -0
   * equals 0.
   *
   * @returns undefined when it is not known
   */
  find(args: readonly unknown[], length: number): KnownCall | undefined {
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const next = branch.next?.get(args[at]);
      if (next === undefined) return undefined;
      branch = next;
    }
    return branch.call;
  }

  add(args: readonly unknown[], length: number, call: KnownCall): void {
    if (this.#count >= MAX_CALLS) this.clear();
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const arg = args[at];
      if (!isHoldable(arg)) return;
      branch.next ??= new Map();
      let next = branch.next.get(arg);
      if (next === undefined) {
        next = { call: undefined, next: undefined };
        branch.next.set(arg, next);
      }
      branch = next;
    }
    if (branch.call === undefined) this.#count += 1;
    branch.call = call;
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#root = { call: undefined, next: undefined };
    this.#count = 0;
  }
}

/** Objects may change, and must not be kept from collection. */
function isHoldable(arg: unknown): boolean {
  if (typeof arg === "string") return arg.length <= MAX_LENGTH;
  return arg === null || (typeof arg !== "object" && typeof arg !== "function");
}
