import { statSync } from "node:fs";
import { join } from "node:path";
import type { DamagedFile } from "../engine-files/damaged-file.ts";
import { allOf, partOf } from "../engine-files/damaged-file.ts";
import { readList } from "../engine-files/live-files.ts";
import { knownLengths } from "./known-lengths.ts";

/**
 * Files that a database, which its owner may be writing, ought to have and has not, or not as long as they were.
 *
 * @throws StoreError when a file cannot be read
 */
export function missingFiles(database: string): DamagedFile[] {
  const found = look(database);
  if (found.length === 0) return [];
  // What its owner has just done without is not in its list of tables by now.
  const still = new Set(look(database).map(({ path }) => path));
  return found.filter(({ path }) => still.has(path));
}

function look(database: string): DamagedFile[] {
  const known = knownLengths(database);
  const listed = readList(database);
  const found: DamagedFile[] = [];
  for (const number of listed?.tables.keys() ?? []) {
    const paths = ["ldb", "sst"].map((ending) => pathOf(database, number, ending));
    if (paths.every((path) => sizeOf(path) === undefined)) found.push(allOf(paths[0]!));
  }
  // A loss of power may have cost what was noted before.
  const log = known?.isOfThisStart === true ? known.log : undefined;
  if (log === undefined || log.bytes === 0 || log.number < (listed?.firstLog ?? 0)) return found;
  const path = pathOf(database, log.number, "log");
  const size = sizeOf(path);
  if (size === undefined) found.push(allOf(path));
  else if (size < log.bytes) found.push(partOf(path));
  return found;
}

function pathOf(database: string, number: number, ending: string): string {
  return join(database, `${String(number).padStart(6, "0")}.${ending}`);
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
