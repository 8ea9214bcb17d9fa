import { DamagedError } from "@class-cache/mapping";
import type { DatabaseSync, StatementSync } from "./engine.ts";
import { idChecksum, idOf } from "./id.ts";

/** The rows that give every mapping a number. A number is never given to a second mapping. */
export class MappingRows {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;
  /** Grows with each that is removed here, be that rolled back or not. */
  removals = 0;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare("SELECT number FROM mapping WHERE id = ?");
    this.#add = db.prepare(
      "INSERT INTO mapping (id, checksum) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#remove = db.prepare("DELETE FROM mapping WHERE number = ?");
    this.#all = db.prepare("SELECT number, id, checksum FROM mapping ORDER BY number");
  }

  find(id: Uint8Array): number | undefined {
    const row = this.#find.get(id);
    return row === undefined ? undefined : Number(row.number);
  }

  /** The number of the id, new unless another process has given it one since it was looked for. */
  add(id: Uint8Array): number {
    for (;;) {
      const { changes, lastInsertRowid } = this.#add.run(id, idChecksum(id));
      const number = changes === 0 ? this.find(id) : Number(lastInsertRowid);
      if (number !== undefined) return number;
    }
  }

  remove(number: number): void {
    this.removals += 1;
    this.#remove.run(number);
  }

  /** @param report told of rows that are not what was written */
  ids(report: (error: Error) => void): string[] {
    const ids: string[] = [];
    for (const { number, id, checksum } of this.#all.all()) {
      const text = idOf(id, checksum);
      if (text === undefined) report(new DamagedError(`The id of mapping ${String(number)}`));
      else ids.push(text);
    }
    return ids;
  }
}
