import type { Clock, Eviction } from "@class-cache/mapping";
import type { Store } from "./connection.ts";
import type { StatementSync } from "./engine.ts";
import { idBytes } from "./id.ts";
import { placeOf } from "./place.ts";
import type { Weights } from "./ranking.ts";
import { countUses, rankAll, rankByAge } from "./ranking.ts";
import type { Touches } from "./touches.ts";
import type { Rules } from "./write-batch.ts";

/** Share of a limit that one eviction frees below it, so that not every write has to evict. */
const SLACK = 0.02;
/** Entries that are looked at together. */
const STEP = 64;

interface Accounts {
  readonly usage: StatementSync;
  readonly countUses: StatementSync;
  readonly removeExpired: StatementSync;
  readonly first: StatementSync;
  readonly remove: StatementSync;
  readonly raise: StatementSync;
  /** Changes something the first time. */
  readonly begin: StatementSync;
}

/**
 * Keeps a store within `maxBytes` and `maxEntries`: inside the transaction of every write, so that no
 * process ever sees it beyond them. Expired entries go first, then those that rank lowest.
 */
export class Limits implements Rules {
  readonly idle: boolean;
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  readonly #weights: Weights;
  readonly #touches: Touches | undefined;
  readonly #clock: Clock;
  #accounts: Accounts | undefined;
  #rollbacks = 0;

  /** @param touches uses that every transaction writes */
  constructor({ policy, limits }: Eviction, touches: Touches | undefined, clock: Clock) {
    this.#maxBytes = limits?.maxBytes ?? Infinity;
    this.#maxEntries = limits?.maxEntries ?? Infinity;
    const perByte = 1 / Math.max(this.#maxBytes, 1);
    this.#weights = { policy, perByte, perEntry: 1 / Math.max(this.#maxEntries, 1) };
    this.#touches = touches;
    this.#clock = clock;
    this.idle = limits === undefined;
  }

  before(store: Store): void {
    if (this.idle) return;
    // What was made inside a transaction that was rolled back is not there.
    if (this.#rollbacks !== store.rollbacks) this.#accounts = undefined;
    this.#rollbacks = store.rollbacks;
    this.#accounts ??= this.#open(store);
    for (const { id, key, times, last } of this.#touches?.take() ?? []) {
      this.#accounts.countUses.run({ times, last, id: idBytes(id), place: placeOf(key) });
    }
  }

  after(store: Store): void {
    const accounts = this.#accounts;
    if (accounts === undefined || this.#isWithin(usageOf(accounts), 1)) return;
    accounts.removeExpired.run(this.#clock.now());
    const usage = usageOf(accounts);
    if (this.#weights.policy === "cost" && accounts.begin.run().changes !== 0) {
      rankByAge(store.db, this.#clock.now());
    }
    while (!this.#isWithin(usage, 1 - SLACK)) {
      const rows = accounts.first.all(STEP);
      if (rows.length === 0) return;
      for (const { number, bytes, priority } of rows) {
        if (this.#isWithin(usage, 1 - SLACK)) return;
        accounts.remove.run(Number(number));
        accounts.raise.run(Number(priority));
        usage.entries -= 1;
        usage.bytes -= Number(bytes);
      }
    }
  }

  /** @param share of the limits */
  #isWithin({ entries, bytes }: MutableUsage, share: number): boolean {
    return (
      entries <= Math.floor(this.#maxEntries * share) && bytes <= Math.floor(this.#maxBytes * share)
    );
  }

  #open({ db }: Store): Accounts {
    rankAll(db, this.#weights, this.#clock.now());
    return {
      usage: db.prepare("SELECT entries, bytes FROM account"),
      countUses: db.prepare(countUses),
      removeExpired: db.prepare(
        "DELETE FROM entry WHERE expires_at <= ? AND number IN (SELECT number FROM rank)",
      ),
      first: db.prepare(
        `SELECT rank.number, bytes, priority FROM rank JOIN entry ON entry.number = rank.number
         ORDER BY priority, rank.stored_at LIMIT ?`,
      ),
      remove: db.prepare("DELETE FROM entry WHERE number = ?"),
      begin: db.prepare("UPDATE account SET has_evicted = 1 WHERE has_evicted = 0"),
      raise: db.prepare("UPDATE account SET level = max(level, ?) WHERE policy = 'cost'"),
    };
  }
}

interface MutableUsage {
  entries: number;
  bytes: number;
}

function usageOf({ usage }: Accounts): MutableUsage {
  const row = usage.get();
  return { entries: Number(row?.entries), bytes: Number(row?.bytes) };
}
