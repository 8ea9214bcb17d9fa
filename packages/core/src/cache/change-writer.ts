import type { Awaitable, Clock, Key, MutableMapping, StoredEntry } from "@class-cache/mapping";
import { decodeKey, isLive } from "@class-cache/mapping";
import PQueue from "p-queue";
import type { FailedOperation } from "../options/failure.ts";
import type { ChangeLayer, PendingChanges } from "./pending-changes.ts";

/** How much is held back. */
export interface BufferLimits {
  /** So many changes are held at most. */
  readonly maxItems: number;
  /** So many changes, the oldest, are written out when there are more. */
  readonly share: number;
}

/** Told of failures that the caller was spared. */
export type ReportOperation = (error: Error, operation: FailedOperation) => void;

/** Carries pending changes to the mapping below, all on demand and the oldest when there are too many. */
export class ChangeWriter<K extends Key> {
  readonly #below: MutableMapping<K, Uint8Array>;
  readonly #changes: PendingChanges;
  readonly #clock: Clock;
  readonly #report: ReportOperation;
  readonly #limits: BufferLimits;
  /** One at a time runs all that writes below or needs that nothing be written below meanwhile. */
  readonly #lane = new PQueue({ concurrency: 1 });
  /** More changes than this are written out. It is above `maxItems` only after that has failed. */
  #threshold: number;
  /** The writing out under way because there are too many changes. Never rejects. */
  #relief: Promise<void> | undefined;

  /** @param report must not throw */
  constructor(
    below: MutableMapping<K, Uint8Array>,
    changes: PendingChanges,
    clock: Clock,
    limits: BufferLimits,
    report: ReportOperation,
  ) {
    this.#below = below;
    this.#changes = changes;
    this.#clock = clock;
    this.#report = report;
    this.#limits = limits;
    this.#threshold = limits.maxItems;
  }

  /** Writes out all changes made so far. When it rejects, what was not written is still held. */
  flush(): Promise<void> {
    return this.exclusively(() => this.writeAll());
  }

  /** Runs the task while nothing else writes below. */
  exclusively<R>(task: () => Promise<R>): Promise<R> {
    return this.#lane.add(task);
  }

  /** `flush()` for a task that runs exclusively. */
  writeAll(): Promise<void> {
    return this.#write(Infinity);
  }

  /**
   * Waits until no more changes are held than may be, or until writing them out has failed. The
   * failure is reported, and the next attempt is made when another share of changes has come in.
   */
  makeRoom(): Awaitable<void> {
    if (this.#changes.size <= this.#threshold) return undefined;
    this.#relief ??= this.#relieve();
    return this.#relief.then(() => this.makeRoom());
  }

  async #relieve(): Promise<void> {
    const { maxItems, share } = this.#limits;
    try {
      await this.exclusively(() => this.#write(this.#changes.size - maxItems + share - 1));
    } catch (error) {
      this.#threshold = this.#changes.size + share;
      this.#report(error as Error, "store");
    } finally {
      this.#relief = undefined;
    }
  }

  async #write(count: number): Promise<void> {
    if (count < 1 || this.#changes.isEmpty) return;
    const batch = this.#changes.depart(count);
    try {
      if (batch.cleared !== undefined) {
        await this.#below.clear();
        this.#changes.acknowledgeClear();
      }
      await this.#writeDeletes(batch);
      await this.#writeSets(batch);
      this.#threshold = this.#limits.maxItems;
    } finally {
      this.#changes.restore();
    }
  }

  /** A set that has expired meanwhile hides an older entry below, which has to go as well. */
  async #writeDeletes({ changes }: ChangeLayer): Promise<void> {
    const now = this.#clock.now();
    const texts: string[] = [];
    for (const [text, { entry }] of changes) {
      if (entry === undefined || !isLive(entry, now)) texts.push(text);
    }
    if (texts.length === 0) return;
    await this.#below.deleteMany(texts.map((text) => decodeKey(text) as K));
    this.#changes.acknowledge(texts);
  }

  async #writeSets({ changes }: ChangeLayer): Promise<void> {
    for (const group of alikeInOptions(changes)) {
      const entries = group.map(([text, { value }]) => [decodeKey(text) as K, value] as const);
      const { expiresAt, cost } = group[0][1];
      await this.#below.setMany(entries, { expiresAt, cost });
      this.#changes.acknowledge(group.map(([text]) => text));
    }
  }
}

type Sets = [[string, StoredEntry], ...[string, StoredEntry][]];

/** `setMany` takes one set of options, so sets are grouped by theirs. */
function alikeInOptions(changes: ChangeLayer["changes"]): Iterable<Sets> {
  const groups = new Map<string, Sets>();
  for (const [text, { entry }] of changes) {
    if (entry === undefined) continue;
    const options = `${entry.expiresAt} ${entry.cost}`;
    const group = groups.get(options);
    if (group === undefined) groups.set(options, [[text, entry]]);
    else group.push([text, entry]);
  }
  return groups.values();
}
