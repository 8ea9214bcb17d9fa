/** A list, and what it leads to. */
interface Entry<Found> {
  readonly leaves: readonly unknown[];
  readonly found: Found;
}

/** Lists that differ at one place, by what they have there. */
interface Fork<Found> {
  readonly place: number;
  readonly byLeaf: Map<unknown, Branch<Found>>;
}

type Branch<Found> = Entry<Found> | Fork<Found>;

/**
 * Finds what belongs to a list of primitives, all lists being of one length. They are told apart as a Map
 * tells its keys, which is as keys of calls are: types count, NaN equals itself, -0 equals 0.
 *
 * Lists that differ in a single place take one look at it, and then one comparison of the whole list.
 */
export class LeafLists<Found> {
  #root: Branch<Found> | undefined;

  find(leaves: readonly unknown[]): Found | undefined {
    let branch = this.#root;
    while (branch !== undefined && "place" in branch) {
      branch = branch.byLeaf.get(leaves[branch.place]);
    }
    return branch !== undefined && differing(branch.leaves, leaves) < 0 ? branch.found : undefined;
  }

  /** @param leaves that are not there yet, and are kept */
  add(leaves: readonly unknown[], found: Found): Found {
    const entry = { leaves, found };
    let above: Fork<Found> | undefined;
    let branch = this.#root;
    while (branch !== undefined && "place" in branch) {
      above = branch;
      branch = branch.byLeaf.get(leaves[branch.place]);
    }
    const added = branch === undefined ? entry : forkOf(branch, entry);
    if (above === undefined) this.#root = added;
    else above.byLeaf.set(leaves[above.place], added);
    return found;
  }
}

function forkOf<Found>(one: Entry<Found>, other: Entry<Found>): Fork<Found> {
  const place = differing(one.leaves, other.leaves);
  return {
    place,
    byLeaf: new Map([
      [one.leaves[place], one],
      [other.leaves[place], other],
    ]),
  };
}

/** The first place where two lists differ; -1 where they do not. */
function differing(one: readonly unknown[], other: readonly unknown[]): number {
  const { length } = one;
  for (let at = 0; at < length; at += 1) {
    const leaf = one[at];
    // NaN alone is not itself.
    if (leaf !== other[at] && (leaf === leaf || other[at] === other[at])) return at;
  }
  return -1;
}
