import { hash, randomBytes } from "node:crypto";
import type { Backend, MutableMapping } from "@class-cache/mapping";
import { currentTurn, endTurn } from "@class-cache/mapping";
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

/** An invalidation that was counted. */
export interface Counted<T> {
  /** What was done meanwhile gave that. */
  readonly outcome: T;
  /** The count before, and the one since. */
  readonly before: Generation;
  readonly after: Generation;
}

/** What was last invalidated of one mapping. */
interface Log extends Generation {
  /** Up to this count everything is concerned, as far as the log tells. */
  readonly floor: number;
  readonly keys: readonly (readonly [count: number, name: string])[];
}

/** Keys that a log names one by one. */
const LONGEST_LOG = 64;
const LONGEST_NAME = 128;

const NONE: readonly Error[] = [];
const NOTHING_YET: Generation = { life: "", count: 0 };
const byBackend = new WeakMap<Backend, Generations>();

/**
 * Counts the invalidations of a backend, in a mapping of its own there, so that every process that
 * uses the backend knows at its next call whether what it has in memory still counts; and the results
 * of a tag end all at once, however many there are (generational invalidation).
 */
export class Generations {
  readonly #backend: Backend;
  /** Whether there may be other processes. */
  readonly isShared: boolean;
  readonly #mapping: MutableMapping<string, Generation | Log>;
  #known: Generation = NOTHING_YET;
  #isDamaged = false;
  /** What the mapping has reported, and nobody was told of yet. */
  #reported: Error[] = [];
  /** The last turn of the event loop that has looked. */
  #turn = -1;
  #looking: { readonly turn: number; readonly known: Promise<Generation> } | undefined;

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.isShared = backend.supports.sharedAccess;
    this.#mapping = backend.open<string, Generation | Log>(MAPPING_ID, {
      onError: (error) => {
        this.#isDamaged = true;
        this.#reported.push(error);
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

  /** What was found wrong with the counts since this was last asked, for who can tell people of it. */
  takeReported(): readonly Error[] {
    if (this.#reported.length === 0) return NONE;
    const reported = this.#reported;
    this.#reported = [];
    return reported;
  }

  /** Whether nothing can have happened since then. */
  isStill(since: Generation | undefined): boolean {
    return since === this.#known && (!this.isShared || this.#turn === currentTurn());
  }

  /** Looks whether there were invalidations; calls of one turn look together. @throws what the backend throws */
  look(): Promise<Generation> {
    const turn = currentTurn();
    if (this.#looking?.turn !== turn) this.#looking = { turn, known: this.#lookAt(turn) };
    return this.#looking.known;
  }

  async #lookAt(turn: number): Promise<Generation> {
    try {
      let before: Generation;
      let state: Generation;
      do {
        before = this.#known;
        state = (await this.#mapping.get(STATE)) ?? NOTHING_YET;
        // Who has learnt more meanwhile may have read after this did, or before.
      } while (before !== this.#known);
      if (this.#isDamaged) await this.begin();
      else if (!isSame(state, this.#known)) this.#known = state;
      return this.#known;
    } finally {
      // Even where it failed: one failure a turn is enough.
      this.#turn = Math.max(this.#turn, turn);
    }
  }

  /** For a result that is about to be computed and may have tags. */
  async stamp(): Promise<Generation> {
    const generation = await this.look();
    return generation.life === "" ? this.begin() : generation;
  }

  /** Has counting begun, where it has not: without a count nobody notices that one is lost. */
  async begin(): Promise<Generation> {
    await using _lease = await this.#backend.lease(MAPPING_ID);
    return this.#learn(await this.#last());
  }

  /**
   * What of an id was invalidated after the given generation; with `tags`, any tag concerns all. Where that
   * is not known any more, all was.
   */
  async invalidated(id: string, tags: boolean, since: Generation): Promise<Invalidated> {
    const keys = tags ? [idKey(id), ANY_TAG] : [idKey(id)];
    const [log, tag] = (await this.#mapping.getMany(keys)) as [Log?, Generation?];
    if (this.#isDamaged) {
      await this.begin();
      return "all";
    }
    const { life } = this.#known;
    // Alone in a backend, nothing can have been counted before this process did.
    if (since.life !== life && (this.isShared || since.life !== "")) return "all";
    if (tag?.life === life && tag.count > since.count) return "all";
    if (log?.life !== life) return new Set();
    if (log.floor > since.count) return "all";
    return new Set(log.keys.filter(([count]) => count > since.count).map(([, name]) => name));
  }

  /**
   * Whether a result was invalidated since then and up to a count, looking anew, whoever has looked in this
   * turn. An invalidation that is under way counts already: what it is of may be there before its count.
   */
  async isSuperseded(
    id: string,
    name: string,
    since: Generation,
    until: number = Infinity,
  ): Promise<boolean> {
    const [state, log] = (await this.#mapping.getMany([STATE, idKey(id)])) as [Generation?, Log?];
    this.#noteLife(state);
    if (this.#isDamaged) {
      await this.begin();
      return true;
    }
    // Before the first count nothing had been counted.
    const life = since.life === "" ? state?.life : since.life;
    if (state?.life !== life) return true;
    if (log === undefined || log.life !== life) return false;
    const isLater = ([count, other]: Log["keys"][number]): boolean =>
      count > since.count && count <= until && other === name;
    return log.floor > since.count || log.keys.some(isLater);
  }

  /** Whether none of the tags was invalidated since the stamp was taken. */
  async holds(stamp: TagStamp): Promise<boolean> {
    return (await this.ended(stamp)).length === 0;
  }

  /** Which of the tags were invalidated since the stamp was taken; all, where that is not known. */
  async ended({ names, life, count }: TagStamp): Promise<readonly string[]> {
    const [state, ...tags] = await this.#mapping.getMany([STATE, ...names.map(tagKey)]);
    this.#noteLife(state);
    if (this.#isDamaged) await this.begin();
    else if (state?.life === life) {
      const most = Math.max(0, ...tags.map((tag) => (tag?.life === life ? tag.count : 0)));
      if (most > state.count) await this.#end(life, most);
      return names.filter((_, at) => tags[at]?.life === life && tags[at].count > count);
    }
    return names;
  }

  /** Whether a result is among those that were last invalidated one by one. */
  async isNamed(id: string, key: string): Promise<boolean> {
    const log = (await this.#mapping.get(idKey(id))) as Log | undefined;
    return log?.keys.some(([, name]) => name === nameOf(key)) === true;
  }

  /**
   * Notes an invalidation. Once this has resolved, every process knows of it at its next call.
   *
   * What the invalidation is of may be done meanwhile, and is told what was counted before. Counting goes on
   * around it: who looks before it knows less than who looks after it, so that what was computed or read
   * meanwhile is taken for older, whoever was first.
   */
  async invalidate(concerned: Concerned): Promise<Counted<void>>;
  async invalidate<T>(
    concerned: Concerned,
    act: (before: Generation) => Promise<T>,
  ): Promise<Counted<T>>;
  async invalidate<T>(
    concerned: Concerned,
    act?: (before: Generation) => Promise<T>,
  ): Promise<Counted<T | void>> {
    await using _lease = await this.#backend.lease(MAPPING_ID);
    const before = await this.#last();
    const during = act === undefined ? before : await this.#count(next(before));
    const after = next(during);
    // Before the count that it stands for: who finds that also finds what it was of.
    if ("id" in concerned) await this.#log(concerned, after);
    else await this.#mark(concerned.tags, after);
    try {
      return { outcome: await act?.(before), before, after };
    } finally {
      await this.#count(after);
    }
  }

  async #log(
    { id, key }: { readonly id: string; readonly key: string | undefined },
    at: Generation,
  ): Promise<void> {
    const last = (await this.#mapping.get(idKey(id))) as Log | undefined;
    const known = last?.life === at.life ? last : { floor: 0, keys: [] };
    const keys = key === undefined ? [] : [...known.keys, [at.count, nameOf(key)] as const];
    const dropped = keys.length > LONGEST_LOG ? keys.shift() : undefined;
    const floor = key === undefined ? at.count : (dropped?.[0] ?? known.floor);
    await this.#mapping.set(idKey(id), { ...at, floor, keys });
  }

  async #mark(tags: readonly string[], at: Generation): Promise<void> {
    const keys = [ANY_TAG, ...tags.map(tagKey)];
    await Promise.all(keys.map((key) => this.#mapping.set(key, at)));
  }

  /** Ends an invalidation of tags whose process died between their marks and the count. */
  async #end(life: string, count: number): Promise<void> {
    await using _lease = await this.#backend.lease(MAPPING_ID);
    const last = await this.#last();
    if (last.life === life && last.count < count) await this.#count({ life, count });
  }

  /**
   * What was counted last; only under the lease. Where counts are lost, by damage or because nobody has
   * counted yet, a new life begins.
   */
  async #last(): Promise<Generation> {
    const last = await this.#mapping.get(STATE);
    if (last !== undefined && !this.#isDamaged) return { life: last.life, count: last.count };
    if (this.#isDamaged) {
      this.#isDamaged = false;
      await this.#mapping.clear();
    }
    return this.#count({ life: randomBytes(8).toString("hex"), count: 0 });
  }

  async #count(state: Generation): Promise<Generation> {
    await this.#mapping.set(STATE, state);
    return this.#learn(state);
  }

  /** Where counting was lost or began anew since it was looked at in this turn, that is all that is known. */
  #noteLife(state: Generation = NOTHING_YET): void {
    if (state.life !== this.#known.life) this.#learn(state);
  }

  #learn(state: Generation): Generation {
    if (!isSame(state, this.#known)) this.#known = state;
    // What was seen before in this turn is no longer all, nor what others in this process have seen.
    this.#looking = undefined;
    endTurn();
    return this.#known;
  }
}

function next({ life, count }: Generation): Generation {
  return { life, count: count + 1 };
}

/** What an invalidation calls a key: its text, or a digest where that is long. */
export function nameOf(key: string): string {
  return key.length <= LONGEST_NAME ? key : hash("sha256", key, "hex");
}

/** Whether nothing was counted between two moments of which one is known to be no later. */
export function isUnchanged(since: Generation, state: Generation): boolean {
  return isSame(since, state) || (since.life === "" && state.count === 0);
}

/** Whether two are of the same moment. */
export function isSame(one: Generation, other: Generation): boolean {
  return one.life === other.life && one.count === other.count;
}

function idKey(id: string): string {
  return `id ${id}`;
}

function tagKey(tag: string): string {
  return `tag ${tag}`;
}
