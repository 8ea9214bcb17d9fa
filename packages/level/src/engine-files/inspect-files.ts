import { statSync } from "node:fs";
import { join } from "node:path";
import type { Damage, Inspection } from "@class-cache/mapping";
import { ioCode, namesIn } from "@class-cache/mapping/disk";
import { knownLengths } from "../after-death/known-lengths.ts";
import { read } from "../file-system.ts";
import type { FileDamage } from "./file-damage.ts";
import { liveFiles, LOG, TABLE } from "./live-files.ts";
import { inspectLog } from "./log-file.ts";
import { inspectTable } from "./table-file.ts";

/** @param bytes of a table its size in LevelDB's list, of a log what is known to have been whole */
type InspectFile = (file: Buffer, bytes: number | undefined) => FileDamage[];

/** Which of LevelDB's files are looked at, and how. Logs and the list of tables have one format. */
const KINDS: readonly (readonly [RegExp, InspectFile])[] = [
  [TABLE, inspectTable],
  [/^(?:\d+\.log|MANIFEST-\d+)$/, inspectLog],
];

/**
 * Looks at LevelDB's own files, which its owner may be writing. LevelDB does not check what it reads,
 * and drops what it cannot read from its log without a word.
 *
 * @returns the paths of those that are damaged
 */
export async function inspectFiles(database: string, inspection: Inspection): Promise<Set<string>> {
  // Read first: what is listed by now is whole, and a table that is not may be in the course of being written.
  const tables = new Map(liveFiles(database).tables.map(({ path, size }) => [path, size]));
  const known = new Map([...tables, ...wholeBytes(database)]);
  const sizes = namesIn(database)
    .toSorted()
    .map((name) => [name, sizeOf(join(database, name))] as const);
  for (const [, size] of sizes) inspection.expect(size);
  const damaged = new Set<string>();
  for (const [name, size] of sizes) {
    const path = join(database, name);
    const isInUse = !TABLE.test(name) || tables.has(path);
    const inspect = isInUse ? KINDS.find(([pattern]) => pattern.test(name))?.[1] : undefined;
    const file = inspect === undefined ? undefined : read(path);
    if (inspect !== undefined && file !== undefined) {
      for (const { offset, problem } of inspect(file, known.get(path))) {
        // What was removed meanwhile is not in use any more, and may be half gone.
        if (sizeOf(path) < file.length) break;
        const where = `${path} at byte ${offset}`;
        const damage: Damage = { id: undefined, where, problem, code: "ERR_DAMAGED" };
        inspection.damaged(damage);
        damaged.add(path);
      }
    }
    // What was written or removed meanwhile is no part of what was expected.
    await inspection.advance(size);
  }
  return damaged;
}

/** What logs had of whole records when that was noted, if no loss of power may have cost any. */
function wholeBytes(database: string): [path: string, bytes: number][] {
  const known = knownLengths(database);
  if (known?.isOfThisStart !== true) return [];
  return namesIn(database).flatMap((name): [string, number][] => {
    const { number, bytes } = LOG.test(name) ? known.log : known.list;
    const isKnown = !TABLE.test(name) && Number(/\d+$|\d+(?=\.log$)/.exec(name)?.[0]) === number;
    return isKnown ? [[join(database, name), bytes]] : [];
  });
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (ioCode(error) === "ENOENT") return 0;
    throw error;
  }
}
