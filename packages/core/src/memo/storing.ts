import type { SetOptions } from "@class-cache/mapping";
import type { Generation } from "./generation.ts";
import { isSame, isUnchanged } from "./generation.ts";
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
  options: SetOptions,
): Promise<Stored> {
  const { key, since } = flight;
  const store = async (): Promise<Stored> =>
    (await site.store.set(key, value, options)) ? "stored" : "unstored";
  const isSuperseded = async (until?: Generation): Promise<boolean> => {
    if (!flight.superseded && (await site.isSuperseded(key, since, until)))
      flight.superseded = true;
    return flight.superseded;
  };
  if (flight.forced) {
    let counted: Generation | undefined;
    const act = async (before: Generation, after: Generation): Promise<Stored> => {
      const wasSaidHere = flight.superseded;
      if (await isSuperseded(before)) {
        // Of two processes that were told to compute anew nobody knows who began first: neither counts.
        if (!wasSaidHere) await site.delete(key);
        return "invalidated";
      }
      if (since !== undefined && isUnchanged(since, before)) counted = after;
      return store();
    };
    const stored = await site.store.spare("store", key, () => site.change(key, act, false));
    // Nothing else was invalidated since it began, nor since it was counted: memory may hold it from then on.
    const { since: now } = site;
    const isAlone = counted !== undefined && now !== undefined && isSame(counted, now);
    if (stored === "stored" && isAlone) flight.since = now;
    return stored ?? "unstored";
  }
  const stored = await site.store.spare("store", key, () =>
    site.whileStoring(key, async () => ((await isSuperseded()) ? "invalidated" : store())),
  );
  return stored ?? "unstored";
}

/** Forgets what was there before a flight that was to compute anew, and whose result is not to be kept. */
export async function forgetOlder(site: Site, { key, forced, superseded }: Flight): Promise<void> {
  if (!forced || superseded) return;
  await site.store.spare("store", key, () => site.change(key, () => site.delete(key), false));
}
