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
  /** What is known of objects; undefined for one that was met but once as it is now. */
  objects: WeakMap<object, KnownObject | undefined> | undefined;
}

/** What follows an object, as long as it has what it had. */
interface KnownObject {
  readonly snapshot: Snapshot;
  readonly branch: Branch;
}

const MAX_CALLS = 1000;
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
    if (this.#count >= MAX_CALLS) this.clear();
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const next = grown(branch, args[at]);
      if (next === undefined) return;
      branch = next;
    }
    if (branch.call === undefined) this.#count += 1;
    branch.call = call;
  }

  clear(): void {
    if (this.#count === 0) return;
    this.#root = newBranch();
    this.#count = 0;
  }
}

function newBranch(): Branch {
  return { call: undefined, next: undefined, objects: undefined };
}

function unchanged(branch: Branch, arg: object): Branch | undefined {
  const known = branch.objects?.get(arg);
  return known?.snapshot.holds() ? known.branch : undefined;
}

/** The branch of an argument, made where there is none; undefined for what is not worth it. */
function grown(branch: Branch, arg: unknown): Branch | undefined {
  if (typeof arg === "object" && arg !== null) return unchanged(branch, arg) ?? known(branch, arg);
  if (typeof arg === "function" || (typeof arg === "string" && arg.length > MAX_LENGTH)) {
    return undefined;
  }
  branch.next ??= new Map();
  let next = branch.next.get(arg);
  if (next === undefined) {
    next = newBranch();
    branch.next.set(arg, next);
  }
  return next;
}

/** Most objects come once: a snapshot is taken of one that comes again. */
function known(branch: Branch, arg: object): Branch | undefined {
  branch.objects ??= new WeakMap();
  const isNew = !branch.objects.has(arg) || branch.objects.get(arg) !== undefined;
  const snapshot = isNew ? undefined : Snapshot.of(arg);
  const next = snapshot && { snapshot, branch: newBranch() };
  branch.objects.set(arg, next);
  return next?.branch;
}
