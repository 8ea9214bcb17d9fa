import type { DatabaseSync, StatementSync } from "./engine.ts";
import { givingArrays } from "./row.ts";

/** What a row is found by comes last, since that stands in conditions. */
const COLUMNS = "(key, bytes, stored_at, expires_at, cost, head, body, value, place, mapping)";

const VALUES = "?, ?, ?, ?, ?, ?, ?, ?, ?";

/** An entry that is written anew keeps its row: moving it would cost several times as much. */
const REPLACE = `
  ON CONFLICT (mapping, place) DO UPDATE SET
    key = excluded.key, bytes = excluded.bytes, stored_at = excluded.stored_at,
    expires_at = excluded.expires_at, cost = excluded.cost, head = excluded.head,
    body = excluded.body, value = excluded.value`;

/** The statements on entries of one connection, compiled once. */
export interface Statements {
  /** mapping, place */
  readonly select: StatementSync;
  /** mapping, place */
  readonly selectHead: StatementSync;
  /** number of the row */
  readonly selectRow: StatementSync;
  /** As the columns. The mapping is known to exist. */
  readonly insert: StatementSync;
  /** As the columns. Changes nothing when the mapping does not exist. */
  readonly insertChecked: StatementSync;
  /** As the columns. Changes nothing when there is no such entry. */
  readonly update: StatementSync;
  /** mapping, place */
  readonly remove: StatementSync;
  /** mapping, place, stored_at */
  readonly removeUnchanged: StatementSync;
  /** mapping */
  readonly removeAll: StatementSync;
  /** id, place after which to begin, number of rows */
  readonly page: StatementSync;
  /** now, id */
  readonly count: StatementSync;
}

export function compile(db: DatabaseSync): Statements {
  const rows = (sql: string): StatementSync => givingArrays(db.prepare(sql));
  return {
    select: rows(
      "SELECT stored_at, expires_at, cost, body, value FROM entry WHERE mapping = ? AND place = ?",
    ),
    selectHead: rows(
      "SELECT stored_at, expires_at, cost, head, bytes FROM entry WHERE mapping = ? AND place = ?",
    ),
    selectRow: rows("SELECT stored_at, expires_at, cost, body, value FROM entry WHERE number = ?"),
    insert: db.prepare(`INSERT INTO entry ${COLUMNS} VALUES (${VALUES}, ?) ${REPLACE}`),
    insertChecked: db.prepare(
      `INSERT INTO entry ${COLUMNS}
       SELECT ${VALUES}, number FROM mapping WHERE number = ? ${REPLACE}`,
    ),
    update: db.prepare(
      `UPDATE entry SET key = ?, bytes = ?, stored_at = ?, expires_at = ?, cost = ?, head = ?,
         body = ?, value = ? WHERE place = ? AND mapping = ?`,
    ),
    remove: rows("DELETE FROM entry WHERE mapping = ? AND place = ? RETURNING expires_at"),
    removeUnchanged: db.prepare(
      "DELETE FROM entry WHERE mapping = ? AND place = ? AND stored_at = ?",
    ),
    removeAll: db.prepare("DELETE FROM entry WHERE mapping = ?"),
    page: rows(
      `SELECT stored_at, expires_at, cost, head, bytes, mapping, place, key, number FROM entry
       WHERE mapping = (SELECT number FROM mapping WHERE id = ?) AND place > ?
       ORDER BY place LIMIT ?`,
    ),
    count: db.prepare(
      `SELECT (SELECT count(*) FROM entry WHERE mapping = this.number)
            - (SELECT count(*) FROM entry WHERE expires_at <= ? AND mapping = this.number) AS live
       FROM mapping AS this WHERE id = ?`,
    ),
  };
}
