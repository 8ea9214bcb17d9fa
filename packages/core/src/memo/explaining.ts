import type { Entry } from "@class-cache/mapping";
import type { TagStamp } from "./envelope.ts";
import { unseal } from "./envelope.ts";
import type { ExplainedTimes, Explanation, MissReason, NearestCall } from "./explanation.ts";
import type { Explained } from "./explanation-text.ts";
import { explanationText } from "./explanation-text.ts";
import type { Note } from "./explain-notes.ts";
import type { Neighbour } from "./explain-nearest.ts";
import { neighbourhoodOf } from "./explain-nearest.ts";
import type { Freshness } from "../options/freshness.ts";
import { Generations } from "./generations.ts";
import type { MemoSource } from "./memo-source.ts";
import type { Flights } from "./single-flight.ts";
import type { Site } from "./site.ts";

/** What an explanation says beside what every one says. */
type Findings = Pick<Explanation, "outcome" | "reason"> & Partial<Explained>;

/** The call asked about. */
export interface ExplainedCall {
  readonly key: string;
  /** It would be computed whatever is stored. */
  readonly forced: boolean;
  /** Stale results are the answer at once, because computing failed. */
  readonly isPausing: boolean;
}

const UNKNOWN: ExplainedTimes = {
  age: undefined,
  freshUntil: undefined,
  expiresAt: undefined,
  cost: undefined,
};

/** Tells what calls would come to, and why. It computes nothing, counts nothing and publishes nothing. */
export class Explaining {
  readonly #source: MemoSource;
  readonly #freshness: Freshness;
  readonly #flights: Flights;

  constructor(source: MemoSource, freshness: Freshness, flights: Flights) {
    this.#source = source;
    this.#freshness = freshness;
    this.#flights = flights;
  }

  /** @throws what the backend throws */
  async explain(site: Site, call: ExplainedCall): Promise<Explanation> {
    const findings = await this.#find(site, call);
    const explained: Explained = {
      ...UNKNOWN,
      source: undefined,
      method: this.#source.method,
      key: call.key,
      tags: [],
      nearest: undefined,
      differences: findings.nearest?.differences ?? [],
      compared: 0,
      hasMore: false,
      ...findings,
    };
    const text = explanationText(explained, site.now());
    const explanation = { ...explained, text };
    return Object.defineProperty(explanation, "toString", { value: () => text });
  }

  async #find(site: Site, { key, forced, isPausing }: ExplainedCall): Promise<Findings> {
    await site.renew();
    const held = forced ? undefined : site.held(key);
    if (held !== undefined) {
      // Memory answers whether or not the backend can be read.
      const entry = await lookup(site, key).catch(() => undefined);
      const times =
        entry === undefined ? { ...UNKNOWN, cost: held.cost } : this.#times(site, entry);
      return { outcome: "hit", reason: "fresh", source: "memory", ...times };
    }
    if (this.#flights.joinable(key, forced) !== undefined) {
      return { outcome: "hit", reason: "computing", source: "flight" };
    }
    const entry = await lookup(site, key);
    if (forced) return miss("forced", entry === undefined ? UNKNOWN : this.#times(site, entry));
    return entry === undefined ? this.#absent(site, key) : this.#present(site, entry, isPausing);
  }

  async #present(site: Site, entry: Entry<unknown>, isPausing: boolean): Promise<Findings> {
    const times = this.#times(site, entry);
    const { terms } = unseal(entry.value);
    const { storedAt } = entry;
    const age = this.#freshness.ageOf({ storedAt, freshUntil: times.freshUntil }, site.now());
    const isFailed = terms.failed === true;
    if (age === "gone" || (isFailed && age !== "fresh")) return miss("expired", times);
    const tags = terms.tags === undefined ? [] : await endedTags(site, terms.tags);
    if (tags.length > 0) return { ...miss("tags", times), tags };
    const source = "backend";
    if (age === "fresh") {
      return { outcome: "hit", reason: isFailed ? "error" : "fresh", source, ...times };
    }
    if (age === "due") return { outcome: "hit", reason: "due", source, ...times };
    if (age === "fallback" && !isPausing) return miss("expired", times);
    return { outcome: "stale", reason: isPausing ? "failing" : "stale", source, ...times };
  }

  async #absent(site: Site, key: string): Promise<Findings> {
    const note = site.notes.of(key);
    const now = site.now();
    if (note !== undefined && note.what !== "stored") return miss(note.what, UNKNOWN);
    if (note !== undefined && note.freshUntil <= now) {
      return miss("expired", this.#notedTimes(note, now));
    }
    const mapping = await site.store.mapping();
    const { nearest, isStored, compared, hasMore } = await neighbourhoodOf(key, mapping);
    if (isStored) return miss("damaged", UNKNOWN);
    if (await isInvalidated(site, this.#source.id, key)) return miss("invalidated", UNKNOWN);
    if (note !== undefined) return miss("gone", this.#notedTimes(note, now));
    const looked = { compared, hasMore };
    if (nearest === undefined) return { ...miss("nothing", UNKNOWN), ...looked };
    const nearestCall: NearestCall = {
      key: nearest.key,
      age: now - nearest.storedAt,
      differences: nearest.differences,
    };
    return { ...miss(widest(nearest), UNKNOWN), nearest: nearestCall, ...looked };
  }

  #times(
    site: Site,
    { value, storedAt, expiresAt, cost }: Entry<unknown>,
  ): {
    readonly age: number;
    readonly freshUntil: number;
    readonly expiresAt: number;
    readonly cost: number | undefined;
  } {
    const { freshUntil = expiresAt ?? Infinity } = unseal(value).terms;
    return { age: site.now() - storedAt, freshUntil, expiresAt: expiresAt ?? Infinity, cost };
  }

  #notedTimes({ at, freshUntil }: Note & { readonly what: "stored" }, now: number): ExplainedTimes {
    const expiresAt = this.#freshness.expiryOf(freshUntil) ?? Infinity;
    return { age: now - at, freshUntil, expiresAt, cost: undefined };
  }
}

function miss(reason: MissReason, times: ExplainedTimes): Findings {
  return { outcome: "miss", reason, ...times };
}

async function lookup(site: Site, key: string): Promise<Entry<unknown> | undefined> {
  return (await site.store.mapping()).lookup(key);
}

async function endedTags(site: Site, stamp: TagStamp): Promise<readonly string[]> {
  return Generations.of(await site.store.backend()).ended(stamp);
}

async function isInvalidated(site: Site, id: string, key: string): Promise<boolean> {
  const backend = await site.store.backend();
  return backend.supports.sharedAccess && Generations.of(backend).isNamed(id, key);
}

/** The kind of difference that alone would make the call another one for the most stored calls. */
function widest({ differences }: Neighbour): "version" | "identity" | "arguments" {
  const paths = differences.map(({ path }) => path);
  if (paths.some((path) => /^version\b/.test(path))) return "version";
  return paths.some((path) => /^this\b/.test(path)) ? "identity" : "arguments";
}
