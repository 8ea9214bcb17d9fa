import type { Generation } from "./generation.ts";
import { isUnchanged } from "./generation.ts";
import type { Generations } from "./generations.ts";
import { isIn, nameOf } from "./invalidation-log.ts";

/** Whether anything was invalidated since a result began: nothing, the result itself, or something else. */
export type Standing = "current" | "invalidated" | "doubtful";

/** What a result that is under way was begun with. */
export interface Begun {
  /** What was known of invalidations; undefined: the answer is not there yet, or could not be had. */
  readonly since: Generation | undefined;
}

/** The result that a call joins. */
export interface Joined {
  readonly id: string;
  readonly key: string;
  /** Any tag that was invalidated meanwhile concerns it: its own are not known yet. */
  readonly anyTag: boolean;
}

/**
 * How a result that is under way stands for a call that comes now. Looked at at once: what is invalidated
 * after the call came does not matter to it.
 *
 * @param ended settles once it is known what the result was begun with
 * @returns undefined where that cannot be learnt
 * @throws what the backend throws
 */
export async function standingOf(
  generations: Generations,
  { id, key, anyTag }: Joined,
  begun: Begun,
  ended: Promise<unknown>,
): Promise<Standing | undefined> {
  const { known } = generations;
  const seen = generations.isStill(known) ? known : await generations.look();
  const judge = async (since: Generation): Promise<Standing> => {
    if (isUnchanged(since, seen)) return "current";
    const { invalidated } = await generations.changes(id, anyTag, since);
    return isIn(invalidated, nameOf(key)) ? "invalidated" : "doubtful";
  };
  const early = begun.since === undefined ? undefined : await judge(begun.since);
  await ended.catch(() => undefined);
  const { since } = begun;
  if (since === undefined) return undefined;
  // It waited, and was begun after the call came.
  if (since.life === seen.life && since.count >= seen.count) return "current";
  return early ?? judge(since);
}
