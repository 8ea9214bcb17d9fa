import { plainCopy } from "./plain-copy.ts";
import { Snapshot } from "./snapshot.ts";
import { Structures } from "./structures.ts";

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
  /** Objects that may be given again. */
  objects: WeakMap<object, KnownObject> | undefined;
  /** The same, and others like them. */
  structures: Structures<Branch> | undefined;
}

/** What follows an object, as long as it has what it had. */
interface KnownObject {
  readonly snapshot: Snapshot;
  readonly branch: Branch;
}

type TextOf = (args: readonly unknown[]) => string;

/** Of the tree. */
const MAX_BRANCHES = 1000;
/** Longer strings are not worth the memory. */
const MAX_LENGTH = 128;
/**
 * Of calls with objects that are not found, one of so many is noted. That takes longer than finding saves
 * at once, and is for nothing where objects come only once.
 */
const NOTED = 16;
/** After so many in a row that were not found, objects are taken to come only once: */
const DISCOURAGING = 128;
/** of the calls that follow, one of so many is looked for. */
const LOOKED_FOR = 16;

/**
 * The recent calls whose arguments are primitives, plain objects and arrays, found without putting the text
 * of their keys together.
 */
export class RecentCalls {
  #root: Branch = newBranch();
  /** How much there is in the tree. */
  #count = 0;
  /** Calls with objects in a row that were not found. */
  #misses = 0;
  /** Calls with objects that may have been noted. */
  #passed = 0;

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
        typeof arg === "object" && arg !== null
          ? this.#afterObject(branch, arg)
          : branch.next?.get(arg);
      if (next === undefined) return undefined;
      branch = next;
    }
    return branch.call;
  }

  /**
   * @param args that are not found yet
   * @param textOf the text that a call with other arguments would have
   */
  add(args: readonly unknown[], length: number, call: KnownCall, textOf: TextOf): void {
    if (this.#count >= MAX_BRANCHES) this.clear();
    const hasObjects = args.some(isObject);
    if (hasObjects && !this.#isToBeNoted()) return;
    const copies = hasObjects ? copiesOf(args, call, textOf) : args;
    let branch = this.#root;
    for (let at = 0; at < length; at += 1) {
      const arg = args[at];
      const next = isObject(arg)
        ? (this.#afterObject(branch, arg) ?? this.#afterNewObject(branch, arg, copies?.[at]))
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

  /** Whether a call with objects is not worth a look: the most that it could save is the text of its key. */
  get #isDiscouraged(): boolean {
    return this.#misses > DISCOURAGING && this.#misses % LOOKED_FOR !== 0;
  }

  #isToBeNoted(): boolean {
    const isDiscouraged = this.#isDiscouraged;
    this.#misses += 1;
    if (isDiscouraged) return false;
    this.#passed += 1;
    return this.#passed % NOTED === 0;
  }

  #afterObject(branch: Branch, arg: object): Branch | undefined {
    const known = branch.objects?.get(arg);
    if (known?.snapshot.holds() === true) return known.branch;
    if (branch.structures === undefined || this.#isDiscouraged) return undefined;
    const found = branch.structures.find(arg);
    if (found !== undefined) this.#misses = 0;
    return found;
  }

  /** @param copy undefined where there is none that has the text of the call */
  #afterNewObject(branch: Branch, arg: object, copy: unknown): Branch | undefined {
    let next: Branch | undefined;
    if (copy !== undefined) {
      branch.structures ??= new Structures();
      const { found, grown } = branch.structures.add(copy as object, () => this.#grow());
      this.#count += grown;
      next = found;
    }
    const snapshot = Snapshot.of(arg);
    if (snapshot === undefined) return next;
    next ??= this.#grow();
    branch.objects ??= new WeakMap();
    branch.objects.set(arg, { snapshot, branch: next });
    return next;
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

function isObject(arg: unknown): arg is object {
  return typeof arg === "object" && arg !== null;
}

/**
 * The arguments with copies in the place of objects. It must be the copies that have the text: a proxy may
 * give something else each time.
 */
function copiesOf(
  args: readonly unknown[],
  call: KnownCall,
  textOf: TextOf,
): readonly unknown[] | undefined {
  const copies = args.map((arg) => (isObject(arg) ? plainCopy(arg) : arg));
  const areWhole = copies.every((copy, at) => copy !== undefined || args[at] === undefined);
  return areWhole && textOf(copies) === call.text ? copies : undefined;
}

function newBranch(): Branch {
  return { call: undefined, next: undefined, objects: undefined, structures: undefined };
}
