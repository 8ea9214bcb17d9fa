/** One operation of a writer, as the writer told of it from outside the store. */
export interface Operation {
  readonly writer: string;
  readonly action: string;
  readonly key: string;
  readonly value: string;
  /** Milliseconds by the clock of the machine. */
  readonly begin: number;
  /** Infinity: never acknowledged. */
  end: number;
  outcome: string | undefined;
}

/** The operations that a writer printed. */
export function operationsIn(writer: string, lines: readonly string[]): Operation[] {
  const operations = new Map<string, Operation>();
  for (const line of lines) {
    const [word = "", id = "", time = "", ...rest] = line.split(" ");
    if (word === "begin") {
      const [action = "", key = "", value = ""] = rest;
      const begin = Number(time) / 1e6;
      operations.set(id, { writer, action, key, value, begin, end: Infinity, outcome: undefined });
    } else if (word === "end") {
      const operation = operations.get(id)!;
      operation.end = Number(time) / 1e6;
      operation.outcome = rest[0];
    }
  }
  return [...operations.values()];
}

/**
 * What a store of registers must not have done, judged by what was acknowledged when: no read gives a
 * value that a later acknowledged set had replaced before the read began, none gives what nobody wrote.
 */
export function staleReads(operations: readonly Operation[]): string[] {
  const faults: string[] = [];
  for (const key of new Set(operations.map((operation) => operation.key))) {
    if (!key.startsWith("shared-")) continue;
    const all = operations.filter((operation) => operation.key === key);
    const sets = all.filter(({ action }) => action === "set");
    const deletes = all.filter(({ action }) => action === "delete");
    const byValue = new Map(sets.map((set) => [set.value, set]));
    for (const get of all) {
      if (get.action !== "get" || get.end === Infinity) continue;
      const found = get.outcome ?? "undefined";
      const source = byValue.get(found);
      if (found === "undefined") {
        const lost = sets.some(({ end }) => end < get.begin) && deletes.length === 0;
        if (lost) faults.push(`${key} was absent though a set was acknowledged`);
      } else if (source === undefined) faults.push(`${key} held ${found}, which nobody wrote`);
      else if (source.begin > get.end) faults.push(`${key} held ${found} before it was written`);
      else if (sets.some((later) => later.begin > source.end && later.end < get.begin)) {
        faults.push(`${key} held ${found} again after a later set was acknowledged`);
      }
    }
  }
  return faults;
}

/** Own keys: each was set once and perhaps deleted once. @returns what the store must hold, where sure */
export function expectedOwn(operations: readonly Operation[]): Map<string, string | undefined> {
  const expected = new Map<string, string | undefined>();
  for (const { action, key, value, end } of operations) {
    if (!key.startsWith("own-")) continue;
    if (end === Infinity) expected.delete(key);
    else if (action === "set") expected.set(key, value);
    else if (action === "delete") expected.set(key, undefined);
  }
  return expected;
}
