import { randomBytes } from "node:crypto";
import type { Backend, MutableMapping } from "@class-cache/mapping";
import { currentTurn, endTurn } from "@class-cache/mapping";
import type { TagStamp } from "./envelope.ts";
import type { Generation } from "./generation.ts";
import { isSame, next, NOTHING_YET } from "./generation.ts";
import type { Invalidated, Log } from "./invalidation-log.ts";
import { isIn, logged, named, nameOf, NOTHING } from "./invalidation-log.ts";
import { ShortLeases } from "./short-leases.ts";

/** The mapping of a backend that says what was invalidated. Ids of methods never begin like it. */
const MAPPING_ID = "~class-cache.invalidations";
const STATE = "state";
const ANY_TAG = "any tag";

/** What an invalidation concerns: one result or all of a mapping, or those that have one of some tags. */
export type Concerned =
  { readonly id: string; readonly key: string | undefined } | { readonly tags: readonly string[] };

/** What was learnt of a mapping's results. */
export interface Changes {
  readonly invalidated: Invalidated;
  /**
   * Those whose change is under way, or whose process died amid it: what is read of them now may be of
   * before, and no further count need come.
   */
  readonly unsettled: Invalidated;
}

/** An invalidation that was counted. */
export interface Counted<T> {
  /** What was done meanwhile gave that. */
  readonly outcome: T;
  /** The count before, and the one since. */
  readonly before: Generation;
  readonly after: Generation;
}

const NONE: readonly Error[] = [];
const byBackend = new WeakMap<Backend, Generations>();

/**
 * Counts the invalidations of a backend, in a mapping of its own there, so that every process that
 * uses the backend knows at its next call whether what it has in memory still counts; and the results
 * of a tag end all at once, however many there are (generational invalidation).
 */
export class Generations {
  readonly #leases: ShortLeases;
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
  #isEnding = false;

  private constructor(backend: Backend) {
    this.#leases = ShortLeases.of(backend);
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

  /**
   * Has counting begun, where it has not: without a count nobody notices that one is lost.
   *
   * @param isPatient see `ShortLeases`
   */
  async begin(isPatient: boolean = false): Promise<Generation> {
    await using _lease = await this.#leases.take(MAPPING_ID, isPatient);
    return this.#learn(await this.#last());
  }

  /**
   * What of an id was invalidated after the given generation; with `tags`, any tag concerns all. Where that
   * is not known any more, all was.
   */
  async changes(id: string, tags: boolean, since: Generation): Promise<Changes> {
    const keys = tags ? [idKey(id), ANY_TAG] : [idKey(id)];
    const [log, tag] = (await this.#mapping.getMany(keys)) as [Log?, Generation?];
    if (this.#isDamaged) {
      await this.begin();
      return { invalidated: "all", unsettled: NOTHING };
    }
    const { life, count } = this.#known;
    const own = log?.life === life ? log : undefined;
    const unsettled = named(own, count);
    // Alone in a backend, nothing can have been counted before this process did.
    const isOfOther = since.life !== life && (this.isShared || since.life !== "");
    const isTagged = tag?.life === life && tag.count > since.count;
    if (isOfOther || isTagged) return { invalidated: "all", unsettled };
    return { invalidated: named(own, since.count), unsettled };
  }

  /**
   * Whether a result was invalidated since then and up to a count, looking anew, whoever has looked in this
   * turn. An invalidation that is under way counts already: what it is of may be there before its count.
   * Asks for no lease, as who asks may hold one.
   */
  async isSuperseded(
    id: string,
    name: string,
    since: Generation,
    until: number = Infinity,
  ): Promise<boolean> {
    const [state, log] = (await this.#mapping.getMany([STATE, idKey(id)])) as [Generation?, Log?];
    this.#noteLife(state);
    if (this.#isDamaged) return true;
    // Before the first count nothing had been counted.
    const life = since.life === "" ? state?.life : since.life;
    if (state?.life !== life) return true;
    if (state === undefined || log === undefined || log.life !== life) return false;
    const isIt = isIn(named(log, since.count, until), name);
    // Else nothing that it names would be kept until something else is counted.
    if (isIt && log.count > state.count) this.#end(life, log.count);
    return isIt;
  }

  /**
   * Which of the tags were invalidated since the stamp was taken; all, where that is not known. Waits for no
   * lease, as who asks may hold one.
   */
  async ended({ names, life, count }: TagStamp): Promise<readonly string[]> {
    const [state, ...tags] = await this.#mapping.getMany([STATE, ...names.map(tagKey)]);
    this.#noteLife(state);
    if (this.#isDamaged || state?.life !== life) return names;
    const most = Math.max(0, ...tags.map((tag) => (tag?.life === life ? tag.count : 0)));
    if (most > state.count) this.#end(life, most);
    return names.filter((_, at) => tags[at]?.life === life && tags[at].count > count);
  }

  /** Whether a result is among those that were last invalidated one by one. */
  async isNamed(id: string, key: string): Promise<boolean> {
    const log = (await this.#mapping.get(idKey(id))) as Log | undefined;
    return log?.keys.some(([, name]) => name === nameOf(key)) === true;
  }

  /**
   * Notes an invalidation. Once this has resolved, every process knows of it at its next call.
   *
   * What the invalidation is of may be done meanwhile, and is told the counts before and after. Counting goes on
   * around it: who looks before it knows less than who looks after it, so that what was computed or read
   * meanwhile is taken for older, whoever was first.
   *
   * @param isPatient see `ShortLeases`
   */
  async invalidate(concerned: Concerned): Promise<Counted<void>>;
  async invalidate<T>(
    concerned: Concerned,
    act: (before: Generation, after: Generation) => Promise<T>,
    isPatient?: boolean,
  ): Promise<Counted<T>>;
  async invalidate<T>(
    concerned: Concerned,
    act?: (before: Generation, after: Generation) => Promise<T>,
    isPatient: boolean = true,
  ): Promise<Counted<T | void>> {
    await using _lease = await this.#leases.take(MAPPING_ID, isPatient);
    const before = await this.#last();
    const during = act === undefined ? before : next(before);
    const after = next(during);
    // Before the counts that it stands for: who finds those also finds what they were of.
    if ("id" in concerned) await this.#log(concerned, after);
    else await this.#mark(concerned.tags, after);
    if (during !== before) await this.#count(during);
    try {
      return { outcome: await act?.(before, after), before, after };
    } finally {
      await this.#count(after);
    }
  }

  async #log(
    { id, key }: { readonly id: string; readonly key: string | undefined },
    at: Generation,
  ): Promise<void> {
    const last = (await this.#mapping.get(idKey(id))) as Log | undefined;
    // Where it is damaged, what it named is not known any more.
    await this.#mapping.set(idKey(id), logged(last, at, this.#isDamaged ? undefined : key));
  }

  async #mark(tags: readonly string[], at: Generation): Promise<void> {
    const keys = [ANY_TAG, ...tags.map(tagKey)];
    await Promise.all(keys.map((key) => this.#mapping.set(key, at)));
  }

  /**
   * Ends an invalidation whose process died between its notes and the count, or could not count. One that is
   * under way holds the lease, and comes to its end meanwhile.
   */
  #end(life: string, count: number): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    void this.#catchUp(life, count)
      .catch((error: unknown) => this.#reported.push(error as Error))
      .finally(() => {
        this.#isEnding = false;
      });
  }

  async #catchUp(life: string, count: number): Promise<void> {
    await using _lease = await this.#leases.take(MAPPING_ID, false);
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

function idKey(id: string): string {
  return `id ${id}`;
}

function tagKey(tag: string): string {
  return `tag ${tag}`;
}
