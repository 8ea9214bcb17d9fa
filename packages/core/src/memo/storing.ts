import type { SetOptions } from "@class-cache/mapping";
import type { Generation } from "./generations.ts";
import { isUnchanged } from "./generations.ts";
import type { Flight } from "./single-flight.ts";
import type { Site } from "./site.ts";

/** What came of storing a result. */
export type Stored = "stored" | "unstored" | "invalidated";

/**
 * Stores what a flight brings, unless it was invalidated since the flight began, by whatever process. What
 * was asked for by force is an invalidation itself, of all that was begun before.
 */
export async function storeFlight(
  site: Site,
  flight: Flight,
  value: unknown,
  options: SetOptions & { readonly cost: number },
): Promise<Stored> {
  const { key, since } = flight;
  const store = async (): Promise<Stored> => {
    const storing = site.store.set(key, value, options);
    flight.storing = storing;
    return (await storing) ? "stored" : "unstored";
  };
  const isSuperseded = async (until?: Generation): Promise<boolean> => {
    if (!flight.superseded && (await site.isSuperseded(key, since, until)))
      flight.superseded = true;
    return flight.superseded;
  };
  if (flight.forced) {
    let isAlone = false;
    const act = async (before: Generation): Promise<Stored> => {
      const wasSaidHere = flight.superseded;
      if (await isSuperseded(before)) {
        // Of two processes that were told to compute anew nobody knows who began first: neither counts.
        if (!wasSaidHere) await site.delete(key);
        return "invalidated";
      }
      isAlone = since !== undefined && isUnchanged(since, before);
      return store();
    };
    const stored = await site.store.spare("store", key, () => site.change(key, act));
    // Nothing else was invalidated since it began: memory may hold it as what it is from now on.
    if (stored === "stored" && isAlone) flight.since = site.since;
    return stored ?? "unstored";
  }
  if (await isSuperseded()) return "invalidated";
  const stored = await store();
  if (stored === "unstored" || !(await isSuperseded())) return stored;
  // Whoever has read it meanwhile lets go of it by the count.
  flight.storing = site.store.spare("store", key, () =>
    site.change(key, () => site.takeBack(key, options.cost)),
  );
  await flight.storing;
  return "invalidated";
}
