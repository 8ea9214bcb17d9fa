import { join } from "node:path";
import { StoreError } from "@class-cache/mapping";
import { namesIn, remove } from "@class-cache/mapping/disk";
import { read } from "./file-system.ts";
import { DAMAGED } from "./level-error.ts";

/**
 * Has a database whose list of tables is gone be opened, where it has no tables: LevelDB takes it for a new one
 * then, and takes in the rows of its logs. So it is left where its folder is removed while LevelDB makes it.
 *
 * Asks for the owner's lock, and that the database is not open.
 *
 * @throws StoreError where there are tables: of a new database LevelDB would delete them
 */
export function passOverLostList(database: string): void {
  const names = namesIn(database);
  if (!isLost(database, names)) return;
  if (names.some((name) => /\.(?:ldb|sst)$/.test(name))) {
    const cause = Object.assign(new Error("There is no list of tables."), { code: DAMAGED });
    throw new StoreError(
      `The LevelDB database ${database} has lost its list of tables. Nothing else was deleted: ` +
        "`repair()` saves what there is.",
      { cause },
    );
  }
  remove(join(database, "CURRENT"));
}

/** Whether there is no list, or none of the name that `CURRENT` gives. */
function isLost(database: string, names: readonly string[]): boolean {
  const current = read(join(database, "CURRENT"));
  if (current === undefined) return true;
  const list = /^(MANIFEST-\d+)\n$/.exec(current.toString("latin1"))?.[1];
  return list !== undefined && !names.includes(list);
}
