import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Backend, MutableMapping } from "@class-cache/mapping";
import { CacheError } from "@class-cache/mapping";
import { seededRandom } from "../seeded-random.ts";
import type { MarkedValue } from "./marked-value.ts";
import { markedValue, markOf } from "./marked-value.ts";
import { recorded } from "./record.ts";

/** A kind of work, as often as its number says in relation to the others. */
export type Shares = Readonly<
  Partial<
    Record<
      "set" | "get" | "has" | "delete" | "setDefault" | "setMany" | "clear" | "prune" | "lease",
      number
    >
  >
>;

/** The key under which the times are told in which a worker held the workload's lease. */
export const LEASE = "lease";
/** The same for the times that a `prune()` took. */
export const PRUNE = "prune";

/** Work on the keys `0` to `keys - 1` of a mapping, which other processes work on as well. */
export interface Workload {
  readonly id: string;
  /** Begins the marks of this worker's values. No two workers have the same. */
  readonly writer: string;
  readonly seed: number;
  readonly keys: number;
  readonly shares: Shares;
  /** Operations at a time. Default: 1. */
  readonly lanes?: number;
  /** Whether what is refused with a coded error is passed over, as never answered. Default: false. */
  readonly toleratesRefusals?: boolean;
  /** Operations in total. Default: until it is stopped. */
  readonly operations?: number;
}

/** Does the work, and prints each call before it is made and when it is answered. */
export async function work(
  backend: Backend,
  load: Workload,
  isStopped: () => boolean,
): Promise<void> {
  const { lanes = 1, operations = Infinity } = load;
  const mapping = backend.open<string, MarkedValue>(load.id);
  const random = seededRandom(load.seed);
  const pot = Object.entries(load.shares).flatMap(([action, share]) =>
    Array.from({ length: share }, () => action as keyof Shares),
  );
  let step = 0;
  const lane = async (): Promise<void> => {
    while (step < operations && !isStopped()) {
      step += 1;
      const action = pot[random(pot.length)] ?? "get";
      const mark = `${load.writer}.${step}`;
      const key = String(random(load.keys));
      try {
        if (action === "lease") await holdLease(backend, load.id);
        else await operate(mapping, action, key, mark, load.keys);
      } catch (error) {
        if (load.toleratesRefusals !== true || !(error instanceof CacheError)) throw error;
      }
      // A store that works synchronously would never let an order in.
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** @param keys how many there are, all of which a `clear` concerns */
async function operate(
  mapping: MutableMapping<string, MarkedValue>,
  action: Exclude<keyof Shares, "lease">,
  key: string,
  mark: string,
  keys: number,
): Promise<void> {
  if (action === "set") {
    await recorded(action, [[key, mark]], () => mapping.set(key, markedValue(mark)));
  } else if (action === "get") {
    await recorded(action, [[key, null]], async () => markOf(await mapping.get(key)));
  } else if (action === "has" || action === "delete") {
    await recorded(action, [[key, null]], () => mapping[action](key));
  } else if (action === "setDefault") {
    const value = markedValue(mark);
    await recorded(action, [[key, mark]], async () => markOf(await mapping.setDefault(key, value)));
  } else if (action === "setMany") {
    const marks = bulk(key, mark, keys);
    const entries = marks.map(([each, one]) => [each, markedValue(one)] as const);
    await recorded("set", marks, () => mapping.setMany(entries));
  } else if (action === "prune") {
    await recorded("has", [[PRUNE, null]], async () => void (await mapping.prune()));
  } else {
    const all = Array.from({ length: keys }, (_, each) => [String(each), null] as const);
    await recorded("delete", all, () => mapping.clear());
  }
}

/** What is told begins after the lease was granted, and ends before it is given back. */
async function holdLease(backend: Backend, name: string): Promise<void> {
  const lease = await backend.lease(name);
  await recorded("has", [[LEASE, null]], () => sleep(3));
  await lease.release();
}

/** How many entries `writeBulks` writes at once. */
export const BULK = 6;

/** Writes bulks of new keys without end: in each the keys `<number> <bulk> <part>`. */
export async function writeBulks(backend: Backend, id: string, number: number): Promise<void> {
  const mapping = backend.open<string, MarkedValue>(id);
  for (let step = 1; ; step += 1) {
    const marks = Array.from({ length: BULK }, (_, part) => {
      return [`${number} ${step} ${part}`, `${part}.${number}.${step}`] as const;
    });
    const entries = marks.map(([key, mark]) => [key, markedValue(mark)] as const);
    await recorded("set", marks, () => mapping.setMany(entries));
    await nextTurn();
  }
}

/** A key and the two behind it, with a mark for each. */
function bulk(key: string, mark: string, keys: number): [string, string][] {
  const count = Math.min(3, keys);
  return Array.from({ length: count }, (_, part) => [
    String((Number(key) + part) % keys),
    `${part}.${mark}`,
  ]);
}
