import type { Clock, PruneLimits } from "@class-cache/mapping";
import type { Store } from "./connection.ts";
import type { StatementSync } from "./engine.ts";
import type { Rules } from "./write-batch.ts";

/** Share of a limit that one eviction frees below it, so that not every write has to evict. */
const SLACK = 0.02;
/** Entries that are looked at together. */
const STEP = 64;

/**
 * Made by the first process that has limits to keep, and kept up to date from then on by every
 * process that writes, in the transaction of its write. Stores without limits do not pay for them.
 */
const ACCOUNTS = `
  CREATE TABLE usage (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
  INSERT INTO usage SELECT count(*), ifnull(sum(bytes), 0) FROM entry;
  CREATE INDEX entry_by_age ON entry (stored_at);
  CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    UPDATE usage SET entries = entries + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER entry_changed AFTER UPDATE OF bytes ON entry BEGIN
    UPDATE usage SET bytes = bytes + new.bytes - old.bytes;
  END;
  CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
    UPDATE usage SET entries = entries - 1, bytes = bytes - old.bytes;
  END;`;

interface Accounts {
  readonly usage: StatementSync;
  readonly removeExpired: StatementSync;
  readonly oldest: StatementSync;
  readonly remove: StatementSync;
}

/**
 * Keeps a store within `maxBytes` and `maxEntries`: inside the transaction of every write, so that no
 * process ever sees it beyond them. Expired entries go first, then those stored longest ago.
 */
export class Limits implements Rules {
  readonly idle: boolean;
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  readonly #clock: Clock;
  #accounts: Accounts | undefined;

  constructor({ maxBytes, maxEntries }: PruneLimits, clock: Clock) {
    this.#maxBytes = maxBytes ?? Infinity;
    this.#maxEntries = maxEntries ?? Infinity;
    this.#clock = clock;
    this.idle = this.#maxBytes === Infinity && this.#maxEntries === Infinity;
  }

  before(store: Store): void {
    if (!this.idle) this.#accounts ??= this.#open(store);
  }

  after(): void {
    const accounts = this.#accounts;
    if (accounts === undefined || this.#isWithin(usageOf(accounts), 1)) return;
    accounts.removeExpired.run(this.#clock.now());
    const usage = usageOf(accounts);
    while (!this.#isWithin(usage, 1 - SLACK)) {
      const rows = accounts.oldest.all(STEP);
      if (rows.length === 0) return;
      for (const { number, bytes } of rows) {
        if (this.#isWithin(usage, 1 - SLACK)) return;
        accounts.remove.run(Number(number));
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
    const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'usage'").get();
    if (isThere === undefined) db.exec(ACCOUNTS);
    return {
      usage: db.prepare("SELECT entries, bytes FROM usage"),
      removeExpired: db.prepare("DELETE FROM entry WHERE expires_at <= ?"),
      oldest: db.prepare("SELECT number, bytes FROM entry ORDER BY stored_at, number LIMIT ?"),
      remove: db.prepare("DELETE FROM entry WHERE number = ?"),
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
