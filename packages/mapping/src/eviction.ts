import { Aging } from "./aging.ts";
import type { BoundOptions, EvictionPolicy } from "./eviction-policy.ts";
import { checkEviction } from "./eviction-policy.ts";
import type { Limits } from "./limits.ts";
import { checkLimits } from "./limits.ts";
import type { PlacedRecord } from "./stored.ts";
import { Uses } from "./uses.ts";

/** Records of which the middle is taken where one of all would not differ. */
const SAMPLE = 1001;

/** A cost beyond this, in milliseconds, makes no more difference. */
const DEAREST = 1e12;

/**
 * Before this process began to look, the level is taken to have risen, over the middle age of the
 * entries, by this share of what a middling entry is worth. Chosen by simulation: see the decisions.
 */
const SHARE_OF_WORTH = 0.25;

/**
 * The order in which entries go. For `"cost"` it is GreedyDual-Size-Frequency (Cherkasova 1998): the
 * priority of an entry is the level at its last use plus uses x cost / share of the limits, and the
 * level is the priority of the last entry that was evicted. Entries whose cost is unknown are taken to
 * cost what the middle one of the others does.
 *
 * Uses are those that this process has seen; when an entry was stored, the store tells.
 */
export class Eviction {
  readonly policy: EvictionPolicy;
  /** Of the backend; undefined: it has none, and nobody notes uses. */
  readonly limits: Limits | undefined;
  readonly uses: Uses | undefined;
  readonly #aging = new Aging();

  /**
   * @param now milliseconds since the epoch
   * @throws OptionError when a limit or the policy is not of its form
   */
  constructor(options: BoundOptions, where: string, now: () => number) {
    this.policy = checkEviction(options.eviction, where);
    const { maxBytes, maxEntries } = checkLimits(options, where);
    if (maxBytes === Infinity && maxEntries === Infinity) return;
    this.limits = { maxBytes, maxEntries, maxAge: Infinity };
    if (this.policy === "stored") return;
    this.uses = new Uses(this.policy === "lru" ? now : () => this.#aging.level);
  }

  /**
   * The priority of each record: the lowest goes first, and of equal ones that stored longest ago.
   *
   * @param limits say how much of the room a record takes, where the backend itself has none
   */
  priorities(records: readonly PlacedRecord[], limits: Limits, now: number): Float64Array {
    const priorities = new Float64Array(records.length);
    if (this.policy === "cost") this.#weigh(records, limits, now, priorities);
    else {
      for (const [index, { mapping, key, storedAt }] of records.entries()) {
        const use = this.uses?.find(mapping, key);
        priorities[index] = use === undefined ? storedAt : Math.max(use.last, storedAt);
      }
    }
    return priorities;
  }

  /** @param highest of the priorities of what was evicted to keep the backend's own limits */
  evicted(records: Iterable<PlacedRecord>, highest: number, now: number): void {
    if (this.policy === "cost") this.#aging.raise(highest, now);
    if (this.uses === undefined) return;
    for (const { mapping, key } of records) this.uses.forget(mapping, key);
  }

  #weigh(
    records: readonly PlacedRecord[],
    limits: Limits,
    now: number,
    priorities: Float64Array,
  ): void {
    const { maxBytes, maxEntries } = this.limits ?? limits;
    const isBounded = maxBytes !== Infinity || maxEntries !== Infinity;
    const perByte = isBounded ? 1 / Math.max(maxBytes, 1) : 1;
    const perEntry = 1 / Math.max(maxEntries, 1);
    const usual = middle(records, ({ cost }) => cost) ?? 1;
    const worth = ({ cost = usual, bytes }: PlacedRecord): number =>
      Math.min(Math.max(cost, 0), DEAREST) / (Math.max(bytes, 1) * perByte + perEntry);
    const aging = this.#agingFor(records, worth, now);
    for (const [index, record] of records.entries()) {
      const use = this.uses?.find(record.mapping, record.key);
      const level = aging.levelAt(record.storedAt);
      priorities[index] =
        use === undefined
          ? level + worth(record)
          : Math.max(level, use.last) + (1 + use.times) * worth(record);
    }
  }

  #agingFor(
    records: readonly PlacedRecord[],
    worth: (record: PlacedRecord) => number,
    now: number,
  ): Aging {
    // Without limits nothing has been evicted on the way: all that is known is age.
    const aging = this.limits === undefined ? new Aging() : this.#aging;
    if (aging.hasBegun) return aging;
    const age = middle(records, ({ storedAt }) => now - storedAt) ?? 0;
    aging.begin(now, age > 0 ? (SHARE_OF_WORTH * (middle(records, worth) ?? 0)) / age : 0);
    return aging;
  }
}

function middle(
  records: readonly PlacedRecord[],
  measure: (record: PlacedRecord) => number | undefined,
): number | undefined {
  const step = Math.max(1, Math.floor(records.length / SAMPLE));
  let count = 0;
  const figures = new Float64Array(Math.ceil(records.length / step));
  for (let index = 0; index < records.length; index += step) {
    const figure = measure(records[index]!);
    if (figure !== undefined) figures[count++] = figure;
  }
  return figures.subarray(0, count).sort()[count >> 1];
}
