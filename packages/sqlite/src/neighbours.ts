import { DamagedError } from "@class-cache/mapping";
import type { DatabaseSync, StatementSync } from "./engine.ts";
import { givingArrays, rowOf } from "./row.ts";

/** Whether what the index has beside a place is what its row has. Null: there is nothing. */
const beside = (operator: string, order: string): string => `
  (SELECT here.mapping IS there.mapping AND here.place IS there.place
   FROM entry AS here INDEXED BY sqlite_autoindex_entry_1
   LEFT JOIN entry AS there NOT INDEXED ON there.number = here.number
   WHERE (here.mapping, here.place) ${operator} (?1, ?2)
   ORDER BY here.mapping ${order}, here.place ${order} LIMIT 1)`;

/**
 * Tells whether an entry that the index does not lead to is absent. SQLite trusts its index: a place in it
 * that is damaged hides its row, and whichever others a search is led past. But every search that it leads
 * astray ends beside it, and its row still has the place as it was.
 */
export class Neighbours {
  readonly #statement: StatementSync;

  constructor(db: DatabaseSync) {
    this.#statement = givingArrays(
      db.prepare(`SELECT ${beside("<", "DESC")}, ${beside(">", "ASC")}`),
    );
  }

  /** @throws DamagedError when an entry that is not found may be there */
  confirmAbsence(mapping: number, place: string): void {
    const row = this.#statement.get(mapping, place);
    if (row !== undefined && rowOf(row).includes(0)) {
      throw new DamagedError("The index of the SQLite store");
    }
  }
}
