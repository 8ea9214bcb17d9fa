import type { DatabaseSync } from "./engine.ts";
import { schemaProblem } from "./schema.ts";
import { damageIn } from "./sqlite-error.ts";

/** Files up to this size are looked through before they are used: a few milliseconds for each MiB. */
const SMALL_BYTES: number = 2 * 1024 * 1024;

/**
 * What SQLite finds wrong with the structure of a file: pages that lead nowhere, and indexes that do not say
 * what their tables do, behind which a write may miss the row that it is to replace.
 *
 * @param table of which alone, with its indexes, to look at. Default: all of the file
 */
export function problemsIn(db: DatabaseSync, most: number, table?: string): string[] {
  const problems: string[] = [];
  try {
    const found = db.prepare(`PRAGMA integrity_check(${table ?? most})`).all();
    for (const { integrity_check: text } of found) if (text !== "ok") problems.push(String(text));
  } catch (error) {
    problems.push(damageIn(error));
  }
  return problems;
}

/** What is wrong with a file, as far as can be told before its first use without holding that up. */
export function problemAtFirstSight(db: DatabaseSync): string | undefined {
  // Every store has a log, and a bit in its first bytes says so.
  const { journal_mode: mode } = db.prepare("PRAGMA journal_mode").get() ?? {};
  const problem = mode === "wal" ? schemaProblem(db) : "It is said to have no log.";
  if (problem !== undefined) return problem;
  const isSmall = bytesIn(db) <= SMALL_BYTES;
  return problemsIn(db, 1, isSmall ? undefined : "mapping")[0];
}

/** The size of a database, as its first page has it. */
export function bytesIn(db: DatabaseSync): number {
  const [count, size] = ["page_count", "page_size"].map((name) =>
    Number(db.prepare(`PRAGMA ${name}`).get()?.[name]),
  );
  return (count ?? 0) * (size ?? 0);
}
