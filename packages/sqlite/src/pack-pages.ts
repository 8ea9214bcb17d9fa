import type { DatabaseSync } from "./engine.ts";
import { lacksRoom } from "./sqlite-error.ts";

/** To write a file anew holds up the process, by some 10 ms for each MiB: larger ones are left as they are. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The share of a file that has to be saved by it. */
const LEAST_SHARE = 0.1;

/** What a leaf begins with. */
const HEAD_BYTES = 8;

/**
 * Whether what was removed has left pages partly empty, so that none of them can be cut off and the file is
 * worth writing anew. A damaged one is not: it may hold more than its trees lead to.
 */
export function isSparse(db: DatabaseSync): boolean {
  const pages = figure(db, "page_count") - figure(db, "freelist_count");
  if (pages * figure(db, "page_size") > MOST_BYTES || !canTellFill(db)) return false;
  if (savedPages(db) < pages * LEAST_SHARE) return false;
  return db.prepare("PRAGMA quick_check(1)").get()?.quick_check === "ok";
}

/**
 * Writes a file anew, with its pages filled. Others may have it open, and read meanwhile. Where there is no
 * room for a second one it stays as it is: to make room may be what it is pruned for.
 */
export function packPages(db: DatabaseSync): void {
  try {
    db.exec("VACUUM");
  } catch (error) {
    if (!lacksRoom(error)) throw error;
  }
}

/** How many pages fewer the leaves of all trees would take, if each were filled before the next. */
function savedPages(db: DatabaseSync): number {
  const leaves = db.prepare(
    `SELECT name, ncell AS cells, pgsize AS size, unused FROM dbstat
     WHERE pagetype = 'leaf' AND ncell > 0 ORDER BY name, path`,
  );
  let saved = 0;
  let tree: unknown;
  let left = 0;
  for (const leaf of leaves.iterate()) {
    const cells = Number(leaf.cells);
    const room = Number(leaf.size) - HEAD_BYTES;
    const cellBytes = (room - Number(leaf.unused)) / cells;
    if (leaf.name !== tree) left = 0;
    tree = leaf.name;
    const perPage = Math.max(Math.floor(room / cellBytes), 1);
    const cellsOnNew = Math.max(cells - Math.floor(left / cellBytes), 0);
    const newPages = Math.ceil(cellsOnNew / perPage);
    if (newPages > 0) left = room - (cellsOnNew - (newPages - 1) * perPage) * cellBytes;
    else left -= cells * cellBytes;
    saved += 1 - newPages;
  }
  return saved;
}

/** Not every SQLite has that: Node.js has it built in from 22.15 on. */
function canTellFill(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'").get() !== undefined;
}

function figure(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
