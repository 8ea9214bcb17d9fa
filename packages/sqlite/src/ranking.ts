import type { EvictionPolicy } from "@class-cache/mapping";
import { BOOKKEEPING_PREFIX } from "@class-cache/mapping";
import type { DatabaseSync } from "./engine.ts";
import { idBytes } from "./id.ts";

/** How the entries of a store are ranked. */
export interface Weights {
  readonly policy: EvictionPolicy;
  /** Share of the limits that an entry takes, beside what it takes for each byte of its value. */
  readonly perEntry: number;
  readonly perByte: number;
}

const PREFIX_BYTES: Uint8Array = idBytes(BOOKKEEPING_PREFIX);

const isBookkeeping = (mapping: string): string =>
  `EXISTS (SELECT 1 FROM mapping WHERE number = ${mapping}
     AND substr(id, 1, ${PREFIX_BYTES.length}) = x'${Buffer.from(PREFIX_BYTES).toString("hex")}')`;

/** Uses x cost / share of the limits; a cost that is unknown is the usual one. */
const worth = (entry: string, uses: string): string =>
  `(1 + ${uses}) * min(max(ifnull(${entry}.cost, usual), 0), 1e12)
     / (max(${entry}.bytes, 1) * per_byte + per_entry)`;

const priority = (entry: string, uses: string, level = "level"): string =>
  `CASE policy WHEN 'cost' THEN ${level} + ${worth(entry, uses)} ELSE ${entry}.stored_at END`;

const removeOlder = `
  DROP TRIGGER IF EXISTS entry_added;
  DROP TRIGGER IF EXISTS entry_changed;
  DROP TRIGGER IF EXISTS entry_removed;
  DROP TABLE IF EXISTS usage;
  DROP INDEX IF EXISTS entry_by_age;`;

/**
 * Made by the first process that has limits to keep, and kept up to date from then on by every
 * process that writes, in the transaction of its write. Stores without limits do not pay for them. The
 * ranks have a table of their own, since changing a row of an entry would write its value anew.
 */
const make = `
  CREATE TABLE account (
    entries INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    policy TEXT NOT NULL,
    per_entry REAL NOT NULL,
    per_byte REAL NOT NULL,
    level REAL NOT NULL,
    usual REAL NOT NULL,
    has_evicted INTEGER NOT NULL
  ) STRICT;
  INSERT INTO account VALUES (0, 0, '', 1, 0, 0, 1, 0);
  CREATE TABLE rank (
    number INTEGER PRIMARY KEY,
    priority REAL NOT NULL,
    stored_at REAL NOT NULL,
    uses INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX rank_in_order ON rank (priority, stored_at);
  CREATE TRIGGER entry_added AFTER INSERT ON entry WHEN NOT ${isBookkeeping("new.mapping")} BEGIN
    INSERT INTO rank SELECT new.number, ${priority("new", "0")}, new.stored_at, 0 FROM account;
    UPDATE account SET entries = entries + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER entry_changed AFTER UPDATE OF bytes ON entry
  WHEN EXISTS (SELECT 1 FROM rank WHERE number = new.number) BEGIN
    UPDATE rank SET priority = ${priority("new", "uses")}, stored_at = new.stored_at
      FROM account WHERE number = new.number;
    UPDATE account SET bytes = bytes + new.bytes - old.bytes;
  END;
  CREATE TRIGGER entry_removed AFTER DELETE ON entry
  WHEN EXISTS (SELECT 1 FROM rank WHERE number = old.number) BEGIN
    DELETE FROM rank WHERE number = old.number;
    UPDATE account SET entries = entries - 1, bytes = bytes - old.bytes;
  END;`;

/** By how much of a middling worth the level is taken to have risen over the middle age, before. */
const SHARE_OF_WORTH = 0.25;

/** Sees to it that all entries are ranked by these weights. Runs inside a transaction. */
export function rankAll(db: DatabaseSync, weights: Weights, now: number): void {
  const { policy, perEntry, perByte } = weights;
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'rank'").get();
  if (isThere === undefined) db.exec(removeOlder + make);
  const isRanked = db
    .prepare("SELECT 1 FROM account WHERE policy = ? AND per_entry = ? AND per_byte = ?")
    .get(policy, perEntry, perByte);
  if (isRanked !== undefined) return;
  db.prepare(
    `UPDATE account SET policy = ?, per_entry = ?, per_byte = ?, level = 0, has_evicted = 0,
       usual = ifnull((SELECT avg(cost) FROM entry), 1)`,
  ).run(policy, perEntry, perByte);
  db.exec("DELETE FROM rank");
  rankByAge(db, now);
  db.exec(
    `UPDATE account SET
       entries = (SELECT count(*) FROM rank),
       bytes = (SELECT ifnull(sum(bytes), 0) FROM entry JOIN rank USING (number))`,
  );
}

/**
 * Ranks all entries by what is known before anything has been evicted: what was not used since it was
 * stored counts from the level that there would have been then.
 */
export function rankByAge(db: DatabaseSync, now: number): void {
  const counted = `FROM entry, account WHERE NOT ${isBookkeeping("entry.mapping")}`;
  const middle = (figure: string): number => {
    const half = `(SELECT count(*) ${counted}) / 2`;
    const sql = `SELECT ${figure} AS figure ${counted} ORDER BY figure LIMIT 1 OFFSET ${half}`;
    return Number(db.prepare(sql).get()?.figure ?? 0);
  };
  const age = now - middle("stored_at");
  const rate = age > 0 ? (SHARE_OF_WORTH * middle(worth("entry", "0"))) / age : 0;
  const uses = "ifnull((SELECT uses FROM rank WHERE number = entry.number), 0)";
  const level = `iif(${uses} > 0, 0, min(entry.stored_at - :now, 0) * :rate)`;
  db.prepare(
    `INSERT OR REPLACE INTO rank
     SELECT number, ${priority("entry", uses, level)}, stored_at, ${uses} ${counted}`,
  ).run({ now, rate });
}

/**
 * Counts uses of an entry. Its parameters: times and, for "lru", milliseconds since the epoch of the
 * last one, id of the mapping, place.
 */
export const countUses: string = `
  UPDATE rank SET
    uses = uses + :times,
    priority = CASE policy
      WHEN 'cost' THEN level + ${worth("entry", "uses + :times")}
      WHEN 'lru' THEN max(priority, :last)
      ELSE priority END
  FROM account, entry
  WHERE rank.number = entry.number AND entry.place = :place
    AND entry.mapping = (SELECT number FROM mapping WHERE id = :id)`;
