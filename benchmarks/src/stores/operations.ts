import type { Payload } from "./payload.ts";
import type { Entry, Store } from "./store.ts";

/** Performs an operation. @param at how many the store has done before */
type Operation = (at: number) => unknown;

/** What is done with the stores; those that no peer has a way for are left out for it. */
export const OPERATIONS = ["get", "has", "set", "set new", "sets in a tick", "setMany", "getMany"];

export interface Work {
  readonly operation: Operation;
  /** Entries that one operation handles. */
  readonly entries: number;
}

/** @returns undefined when the store has no such operation */
export function workOn(store: Store, name: string, payload: Payload): Work | undefined {
  const { keys, valueAt, many } = payload;
  const keyAt = (at: number): string => keys[at % keys.length]!;
  const keysFrom = (at: number): string[] =>
    Array.from({ length: many }, (_, index) => keyAt(at * many + index));
  const entriesFrom = (at: number): Entry[] =>
    keysFrom(at).map((key, index) => [key, valueAt(at * many + index)]);
  switch (name) {
    case "get":
      return { entries: 1, operation: (at) => store.get(keyAt(at)) };
    case "has":
      return { entries: 1, operation: (at) => store.has(keyAt(at)) };
    case "set":
      return { entries: 1, operation: (at) => store.set(keyAt(at), valueAt(at)) };
    case "set new":
      return { entries: 1, operation: (at) => store.set(`new-${at}`, valueAt(at)) };
    case "sets in a tick":
      if (store.setAll === undefined) return undefined;
      return {
        entries: many,
        operation: (at) =>
          Promise.all(entriesFrom(at).map(([key, value]) => store.set(key, value))),
      };
    case "setMany":
      if (store.setAll === undefined) return undefined;
      return { entries: many, operation: (at) => store.setAll?.(entriesFrom(at)) };
    case "getMany":
      if (store.getAll === undefined) return undefined;
      return { entries: many, operation: (at) => store.getAll?.(keysFrom(at)) };
    default:
      throw new Error(`There is no operation "${name}".`);
  }
}
