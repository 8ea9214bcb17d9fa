/** A level of the tree: what follows an argument. */
interface Branch {
  text: string | undefined;
  next: Map<unknown, Branch> | undefined;
}

const MAX_TEXTS = 1000;
/** Longer strings are not worth the memory. */
const MAX_LENGTH = 128;

/**
 * The key texts of recent calls whose arguments are all primitives, found without putting the text
 * together. It also spares the hash of the text: the string found is the one that was hashed before.
 */
export class RecentTexts {
  #root: Branch = { text: undefined, next: undefined };
  #count = 0;

  /**
   * Arguments are told apart as a Map does, which is as keys do: types count, NaN equals itself, -0
   * equals 0.
   *
   * @returns undefined when it is not known
   */
  find(args: readonly unknown[], length: number): string | undefined {
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const next = branch.next?.get(args[at]);
      if (next === undefined) return undefined;
      branch = next;
    }
    return branch.text;
  }

  add(args: readonly unknown[], length: number, text: string): void {
    if (this.#count >= MAX_TEXTS) this.clear();
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const arg = args[at];
      if (!isHoldable(arg)) return;
      branch.next ??= new Map();
      let next = branch.next.get(arg);
      if (next === undefined) {
        next = { text: undefined, next: undefined };
        branch.next.set(arg, next);
      }
      branch = next;
    }
    if (branch.text === undefined) this.#count += 1;
    branch.text = text;
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#root = { text: undefined, next: undefined };
    this.#count = 0;
  }
}

/** Objects may change, and must not be kept from collection. */
function isHoldable(arg: unknown): boolean {
  if (typeof arg === "string") return arg.length <= MAX_LENGTH;
  return arg === null || (typeof arg !== "object" && typeof arg !== "function");
}
