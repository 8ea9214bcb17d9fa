/** What each key may hold by what was acknowledged; undefined: nothing. */
export class Ledger {
  readonly #possible = new Map<string, Set<string | undefined>>();

  copy(): Ledger {
    const copy = new Ledger();
    for (const [key, possible] of this.#possible) copy.#possible.set(key, new Set(possible));
    return copy;
  }

  get keys(): string[] {
    return [...this.#possible.keys()];
  }

  /** Told of a write before it is made: from then on it may have taken effect. */
  begin(key: string, value: string | undefined): void {
    this.possible(key).add(value);
  }

  /** Told of a write that was acknowledged, or of what was found. */
  settle(key: string, value: string | undefined): void {
    this.#possible.set(key, new Set([value]));
  }

  possible(key: string): Set<string | undefined> {
    const possible = this.#possible.get(key) ?? new Set([undefined]);
    this.#possible.set(key, possible);
    return possible;
  }

  /** @throws when a key may not hold what was found */
  check(key: string, found: string | undefined): void {
    const possible = this.possible(key);
    if (possible.has(found)) return;
    const expected = Array.from(possible, shown).join(" or ");
    throw new Error(`${key} holds ${shown(found)}, not ${expected}`);
  }
}

function shown(value: string | undefined): string {
  if (value === undefined) return "nothing";
  return value.length < 40 ? value : `${value.slice(0, 30)}... (${value.length})`;
}
