import { hash, randomBytes } from "node:crypto";
import type { Backend, MutableMapping } from "@class-cache/mapping";
import { currentTurn } from "@class-cache/mapping";
import type { TagStamp } from "./envelope.ts";

/** The mapping of a backend that says what was invalidated. Ids of methods never begin like it. */
const MAPPING_ID = "~class-cache.invalidations";
const STATE = "state";
const ANY_TAG = "any tag";

/** The state of all invalidations in a backend. */
export interface Generation {
  /** Changes when counting began anew: nothing is known then of what was invalidated before. */
  readonly life: string;
  /** Grows with every invalidation. */
  readonly count: number;
}

/** What an invalidation concerns: one result or all of a mapping, or those that have one of some tags. */
export type Concerned =
  { readonly id: string; readonly key: string | undefined } | { readonly tags: readonly string[] };

/** The results that were invalidated: by the names of their keys, or all. */
export type Invalidated = "all" | ReadonlySet<string>;

/** What was last invalidated of one mapping. */
interface Log extends Generation {
  /** Up to this count everything is concerned, as far as the log tells. */
  readonly floor: number;
  readonly keys: readonly (readonly [count: number, name: string])[];
}

/** Keys that a log names one by one. */
const LONGEST_LOG = 64;
const LONGEST_NAME = 128;

const NOTHING_YET: Generation = { life: "", count: 0 };
const byBackend = new WeakMap<Backend, Generations>();

/**
 * Counts the invalidations of a backend, in a mapping of its own there, so that every process that
 * uses the backend knows at its next call whether what it has in memory still counts; and the results
 * of a tag end all at once, however many there are (generational invalidation).
 */
export class Generations {
  readonly #backend: Backend;
  /** Whether there are other processes. */
  readonly #isShared: boolean;
  readonly #mapping: MutableMapping<string, Generation | Log>;
  #known: Generation = NOTHING_YET;
  #isDamaged = false;
  /** The last turn of the event loop that has looked. */
  #turn = -1;
  #looking: { readonly turn: number; readonly known: Promise<Generation> } | undefined;

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.#isShared = backend.supports.sharedAccess;
    this.#mapping = backend.open<string, Generation | Log>(MAPPING_ID, {
      onError: () => {
        this.#isDamaged = true;
      },
    });
  }

  static of(backend: Backend): Generations {
    let generations = byBackend.get(backend);
    if (generations === undefined) {
      generations = new Generations(backend);
      byBackend.set(backend, generations);
    }
    return generations;
  }

  /** As of the last look, or of this process's own last invalidation. */
  get known(): Generation {
    return this.#known;
  }

  /** Whether nothing can have happened since then. */
  isStill(since: Generation | undefined): boolean {
    return since === this.#known && (this.#turn === currentTurn() || !this.#isShared);
  }

  /** Looks whether there were invalidations; calls of one turn look together. @throws what the backend throws */
  look(): Promise<Generation> {
    const turn = currentTurn();
    if (this.#looking?.turn !== turn) this.#looking = { turn, known: this.#lookAt(turn) };
    return this.#looking.known;
  }

  /** Looks again, whoever has looked in this turn: for who has just written. @throws what the backend throws */
  lookAgain(): Promise<Generation> {
    return this.#lookAt(currentTurn());
  }

  async #lookAt(turn: number): Promise<Generation> {
    try {
      let before: Generation;
      let state: Generation;
      do {
        before = this.#known;
        state = (await this.#mapping.get(STATE)) ?? NOTHING_YET;
        // Who has learnt of another life meanwhile may have read before this did, or after.
      } while (before !== this.#known && state.life !== this.#known.life);
      if (this.#isDamaged) await this.#change((last) => last);
      else if (isNews(state, this.#known)) this.#known = state;
      return this.#known;
    } finally {
      // Even where it failed: one failure a turn is enough.
      this.#turn = Math.max(this.#turn, turn);
    }
  }

  /** For a result that is about to be computed and may have tags. */
  async stamp(): Promise<Generation> {
    const generation = await this.look();
    return generation.life === "" ? this.#change((last) => last) : generation;
  }

  /** What of an id was invalidated after the given generation; with `tags`, any tag concerns all. */
  async invalidated(id: string, tags: boolean, since: Generation): Promise<Invalidated> {
    const keys = tags ? [idKey(id), ANY_TAG] : [idKey(id)];
    const [log, tag] = (await this.#mapping.getMany(keys)) as [Log?, Generation?];
    if (since.life !== "" && since.life !== this.#known.life) return "all";
    if ((log?.floor ?? 0) > since.count || (tag?.count ?? 0) > since.count) return "all";
    const later = (log?.keys ?? []).filter(([count]) => count > since.count);
    return new Set(later.map(([, name]) => name));
  }

  /** Whether none of the tags was invalidated since the stamp was taken. */
  async holds({ names, life, count }: TagStamp): Promise<boolean> {
    const [state, ...tags] = await this.#mapping.getMany([STATE, ...names.map(tagKey)]);
    if (this.#isDamaged) {
      await this.#change((last) => last);
      return false;
    }
    return state?.life === life && tags.every((tag) => tag === undefined || tag.count <= count);
  }

  /** Which of the tags were invalidated since the stamp was taken; all, where that is not known. */
  async ended({ names, life, count }: TagStamp): Promise<readonly string[]> {
    const [state, ...tags] = await this.#mapping.getMany([STATE, ...names.map(tagKey)]);
    if (this.#isDamaged || state?.life !== life) return names;
    return names.filter((_, at) => (tags[at]?.count ?? 0) > count);
  }

  /** Whether a result is among those that were last invalidated one by one. */
  async isNamed(id: string, key: string): Promise<boolean> {
    const log = (await this.#mapping.get(idKey(id))) as Log | undefined;
    return log?.keys.some(([, name]) => name === nameOf(key)) === true;
  }

  /** Notes an invalidation. Once this has resolved, every process knows of it at its next call. */
  async invalidate(concerned: Concerned): Promise<Generation> {
    return this.#change(
      ({ life, count }) => ({ life, count: count + 1 }),
      // After what everybody looks at: whatever is computed from then on is not concerned.
      (next) => ("id" in concerned ? this.#log(concerned, next) : this.#mark(concerned.tags, next)),
    );
  }

  async #log(
    { id, key }: { readonly id: string; readonly key: string | undefined },
    next: Generation,
  ): Promise<void> {
    const last = (await this.#mapping.get(idKey(id))) as Log | undefined;
    const known = last?.life === next.life ? last : { floor: 0, keys: [] };
    const keys = key === undefined ? [] : [...known.keys, [next.count, nameOf(key)] as const];
    const dropped = keys.length > LONGEST_LOG ? keys.shift() : undefined;
    const floor = key === undefined ? next.count : (dropped?.[0] ?? known.floor);
    await this.#mapping.set(idKey(id), { ...next, floor, keys });
  }

  async #mark(tags: readonly string[], next: Generation): Promise<void> {
    const keys = [ANY_TAG, ...tags.map(tagKey)];
    await Promise.all(keys.map((key) => this.#mapping.set(key, next)));
  }

  /** Where counts are lost, by damage or because nobody has counted yet, a new life begins. */
  async #change(
    step: (last: Generation) => Generation,
    then: (next: Generation) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Generation> {
    await using _lease = await this.#backend.lease(MAPPING_ID);
    let last = await this.#mapping.get(STATE);
    if (this.#isDamaged) {
      this.#isDamaged = false;
      last = undefined;
      await this.#mapping.clear();
    }
    const next = step(last ?? { life: randomBytes(8).toString("hex"), count: 0 });
    if (last === undefined || !isSame(next, last)) await this.#mapping.set(STATE, next);
    this.#known = next;
    // What was seen before in this turn is no longer all.
    this.#looking = undefined;
    await then(next);
    return next;
  }
}

/** What an invalidation calls a key: its text, or a digest where that is long. */
export function nameOf(key: string): string {
  return key.length <= LONGEST_NAME ? key : hash("sha256", key, "hex");
}

/** Whether it says more than what is known: within a life, counts only grow. */
function isNews(state: Generation, known: Generation): boolean {
  return state.life !== known.life || state.count > known.count;
}

function isSame(one: Generation, other: Generation): boolean {
  return one.life === other.life && one.count === other.count;
}

function idKey(id: string): string {
  return `id ${id}`;
}

function tagKey(tag: string): string {
  return `tag ${tag}`;
}
