import { areNamesInherited } from "./inherited-names.ts";
import { LeafLists } from "./leaf-lists.ts";

/** What comes next, beside names of properties and lengths of arrays. */
const LEAF = Symbol("leaf");
const OBJECT = Symbol("object");
const END = Symbol("end of an object");
type Token = string | number | symbol;

/** What is met on the way through a value. */
interface Met {
  /** The primitives. */
  readonly leaves: unknown[];
  readonly objects: object[];
  /** How much the tree has grown, where it is to grow. */
  grown: number | undefined;
}

/**
 * The plain objects and arrays that came as one argument, found by what they consist of. A way through a
 * tree leads from property to property, in the order that the object has them, to the lists of primitives
 * that objects of such a structure had.
 *
 * One is found only if its key would have the same text: each name, length and value is compared. Not each
 * that has the same text is found: properties in another order lead elsewhere.
 */
export class Structures<Found> {
  readonly #root = new Step<Found>();

  find(value: object): Found | undefined {
    const met: Met = { leaves: [], objects: [], grown: undefined };
    const found = follow(this.#root, value, met)?.lists?.find(met.leaves);
    return found !== undefined && hasNothingElse(met.objects) ? found : undefined;
  }

  /**
   * @param copy of plain objects, dense arrays and primitives, that is nobody else's
   * @param make what is to be found, where nothing is as yet
   * @returns what is found from now on, and how much the tree has grown
   */
  add(copy: object, make: () => Found): { readonly found: Found; readonly grown: number } {
    const met = { leaves: [], objects: [], grown: 0 };
    const end = follow(this.#root, copy, met) as Step<Found>;
    end.lists ??= new LeafLists();
    const found = end.lists.find(met.leaves) ?? end.lists.add(met.leaves, make());
    return { found, grown: met.grown };
  }
}

class Step<Found> {
  lists: LeafLists<Found> | undefined;
  /** Mostly the only one that can come next. */
  #token: Token | undefined;
  #next: Step<Found> | undefined;
  #others: Map<Token, Step<Found>> | undefined;

  after(token: Token, met: Met): Step<Found> | undefined {
    if (token === this.#token) return this.#next;
    return (
      this.#others?.get(token) ?? (met.grown === undefined ? undefined : this.#grow(token, met))
    );
  }

  #grow(token: Token, met: Met): Step<Found> {
    const step = new Step<Found>();
    met.grown! += 1;
    if (this.#token === undefined) {
      this.#token = token;
      this.#next = step;
    } else {
      this.#others ??= new Map();
      this.#others.set(token, step);
    }
    return step;
  }
}

function follow<Found>(from: Step<Found>, value: unknown, met: Met): Step<Found> | undefined {
  if (typeof value !== "object" || value === null) {
    met.leaves.push(value);
    return from.after(LEAF, met);
  }
  met.objects.push(value);
  if (Array.isArray(value)) return followElements(from, value, met);
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  let step = from.after(OBJECT, met);
  for (const name in value) {
    step = step?.after(name, met);
    if (step === undefined) return undefined;
    step = follow(step, (value as Readonly<Record<string, unknown>>)[name], met);
  }
  return step?.after(END, met);
}

function followElements<Found>(
  from: Step<Found>,
  array: readonly unknown[],
  met: Met,
): Step<Found> | undefined {
  const { length } = array;
  let step = from.after(length, met);
  for (let at = 0; at < length && step !== undefined; at += 1) step = follow(step, array[at], met);
  return step;
}

/** Whether objects have nothing but the properties and elements that were met. */
function hasNothingElse(objects: readonly object[]): boolean {
  if (areNamesInherited()) return false;
  for (let at = 0; at < objects.length; at += 1) {
    const object = objects[at]!;
    if (Array.isArray(object) && !isDense(object)) return false;
    // It takes longer than all the rest, so that it is done for what is found only.
    if (Object.getOwnPropertySymbols(object).length > 0) return false;
  }
  return true;
}

/** Whether it has neither holes nor names. Indices come before names. */
function isDense(array: readonly unknown[]): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype) return false;
  const { length } = array;
  const names = Object.keys(array);
  return names.length === length && (length === 0 || names[length - 1] === String(length - 1));
}
