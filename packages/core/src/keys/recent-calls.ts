import { Snapshot } from "./snapshot.ts";

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
  /** What is known of objects; of what is not there, that it was not met. */
  objects: WeakMap<object, KnownObject | "met once" | "unfit"> | undefined;
}

/** What follows an object, as long as it has what it had. */
interface KnownObject {
  readonly snapshot: Snapshot;
  readonly branch: Branch;
}

/** Of the tree. */
const MAX_BRANCHES = 1000;
/** Longer strings are not worth the memory. */
const MAX_LENGTH = 128;

/**
 * The recent calls whose arguments are primitives, or objects that were given before and have not been
 * changed, found without putting the text of their keys together.
 */
export class RecentCalls {
  #root: Branch = newBranch();
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
      const arg = args[at];
      const next =
        typeof arg === "object" && arg !== null ? unchanged(branch, arg) : branch.next?.get(arg);
      if (next === undefined) return undefined;
      branch = next;
    }
    return branch.call;
  }

  add(args: readonly unknown[], length: number, call: KnownCall): void {
    if (this.#count >= MAX_BRANCHES) this.clear();
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const arg = args[at];
      const next =
        typeof arg === "object" && arg !== null
          ? (unchanged(branch, arg) ?? this.#afterObject(branch, arg))
          : this.#afterPrimitive(branch, arg);
      if (next === undefined) return;
      branch = next;
    }
    branch.call = call;
  }

  clear(): void {
    this.#root = newBranch();
    this.#count = 0;
  }

  /** Most objects come once: a snapshot is taken of one that comes again as it was. */
  #afterObject(branch: Branch, arg: object): Branch | undefined {
    branch.objects ??= new WeakMap();
    const before = branch.objects.get(arg);
    if (before === "unfit") return undefined;
    if (before !== "met once") {
      branch.objects.set(arg, "met once");
      return undefined;
    }
    const snapshot = Snapshot.of(arg);
    const next = snapshot && { snapshot, branch: this.#grow() };
    branch.objects.set(arg, next ?? "unfit");
    return next?.branch;
  }

  #afterPrimitive(branch: Branch, arg: unknown): Branch | undefined {
    if (typeof arg === "function" || (typeof arg === "string" && arg.length > MAX_LENGTH)) {
      return undefined;
    }
    branch.next ??= new Map();
    let next = branch.next.get(arg);
    if (next === undefined) {
      next = this.#grow();
      branch.next.set(arg, next);
    }
    return next;
  }

  #grow(): Branch {
    this.#count += 1;
    return newBranch();
  }
}

function newBranch(): Branch {
  return { call: undefined, next: undefined, objects: undefined };
}

function unchanged(branch: Branch, arg: object): Branch | undefined {
  const known = branch.objects?.get(arg);
  return typeof known === "object" && known.snapshot.holds() ? known.branch : undefined;
}
