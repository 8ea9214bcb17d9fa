import { statSync } from "node:fs";
import { join } from "node:path";
import type { ReportError } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import { isSinceBoot, namesIn } from "@class-cache/mapping/disk";
import type { DamagedFile } from "../engine-files/damaged-file.ts";
import { allOf, partOf } from "../engine-files/damaged-file.ts";
import type { Listed } from "../engine-files/live-files.ts";
import { listedIn, LOG, TABLE } from "../engine-files/live-files.ts";
import { read, replaceFile } from "../file-system.ts";
import { isEntryRow } from "../row-keys.ts";
import type { KnownLength, KnownLengths } from "./known-lengths.ts";
import { knownLengths } from "./known-lengths.ts";
import type { KeyRange } from "./looked-at-table.ts";
import { lookedAtTable } from "./looked-at-table.ts";
import type { MendedLog } from "./mended-log.ts";
import { mendedLog } from "./mended-log.ts";

/** Bytes of tables that are looked through, the newest first: about 50 ms of work. */
const MOST_BYTES: number = 32 * 1024 * 1024;

const LIST = /^MANIFEST-(\d+)$/;
const CURRENT = "CURRENT";

/** What is lost of a database whose process was killed. */
export interface Loss {
  /** Whether the list of tables is lost: then all tables are taken that there are. */
  readonly isListLost: boolean;
  /** Whether a row may be an older one, which a lost one had replaced. @param isLogged whether it is of a log */
  isStale(row: Buffer, isLogged: boolean): boolean;
}

/**
 * Looks through a database that nobody has open and nobody closed, before LevelDB does: that takes a log for
 * ended where a byte is wrong or missing, looks at no checksum of a table, and deletes tables that are not in
 * its list. A flipped bit is put right; what that mends, and what is lost, is reported.
 *
 * @returns undefined when nothing is lost
 * @throws StoreError when a file cannot be read or written
 */
export function lookAfterDeath(database: string, report: ReportError): Loss | undefined {
  const tell = ({ what }: DamagedFile): void => report(new DamagedError(what));
  return look(database, tell, replaceFile);
}

/**
 * What `lookAfterDeath` would find now. Changes nothing.
 *
 * @param tell told of each file that is damaged
 */
export function foreseeLook(database: string, tell: (file: DamagedFile) => void): Loss | undefined {
  return look(database, tell, () => {});
}

/** @param replace what is done with a file that is mended */
function look(
  database: string,
  tell: (file: DamagedFile) => void,
  replace: (path: string, content: Uint8Array) => void,
): Loss | undefined {
  const names = namesIn(database);
  const known = knownLengths(database);
  if (names.length === 0 && known !== undefined) {
    tell({ path: database, what: `The folder ${database}` });
  }
  if (!names.some((name) => LIST.test(name))) return undefined;
  return new Look(database, names, known, tell, replace).run();
}

class Look {
  readonly #database: string;
  readonly #names: readonly string[];
  readonly #known: KnownLengths | undefined;
  readonly #tell: (file: DamagedFile) => void;
  readonly #put: (path: string, content: Uint8Array) => void;
  /** When a file was last made or removed, before any is mended. */
  readonly #changedMs: number;
  #isListLost = false;
  #isLogLost = false;
  #isTableLost = false;
  readonly #lost: KeyRange[] = [];

  constructor(
    database: string,
    names: readonly string[],
    known: KnownLengths | undefined,
    tell: (file: DamagedFile) => void,
    put: (path: string, content: Uint8Array) => void,
  ) {
    this.#database = database;
    this.#tell = tell;
    this.#put = put;
    this.#changedMs = statSync(database).mtimeMs;
    this.#names = names;
    this.#known = known;
  }

  run(): Loss | undefined {
    const listed = this.#list();
    if (listed === undefined) this.#isListLost = true;
    this.#logs(listed?.firstLog ?? 0);
    if (listed !== undefined) this.#tables(listed);
    if (!this.#isListLost && !this.#isLogLost && !this.#isTableLost) return undefined;
    return {
      isListLost: this.#isListLost,
      isStale: (row, isLogged) => this.#isStale(row, isLogged),
    };
  }

  #isStale(row: Buffer, isLogged: boolean): boolean {
    if (this.#isLogLost) return isEntryRow(row);
    // What is in a log that is whole is newer than all that is in tables.
    if (isLogged) return false;
    return this.#lost.some(({ first, last }) => first.compare(row) <= 0 && last.compare(row) >= 0);
  }

  /** @returns undefined when the list is lost */
  #list(): Listed | undefined {
    const lists = this.#names
      .filter((name) => LIST.test(name))
      .toSorted(byNumber)
      .toReversed();
    const current = read(join(this.#database, CURRENT))?.toString("latin1");
    const named = lists.find((name) => current === `${name}\n`);
    for (const name of named === undefined ? lists : [named]) {
      const list = this.#mended(name, this.#known?.list);
      const listed = list === undefined ? undefined : listedIn(list);
      if (listed === undefined) continue;
      if (named === undefined) this.#replace(CURRENT, Buffer.from(`${name}\n`));
      return listed;
    }
    return undefined;
  }

  #logs(first: number): void {
    const logs = this.#names.filter((name) => LOG.test(name) && numberOf(name) >= first);
    for (const name of logs) {
      if (this.#mended(name, this.#known?.log) === undefined) this.#isLogLost = true;
    }
    const missing = this.#missingLog(first, logs.map(numberOf));
    // A loss of power may have cost it, before the system had written its name to the device.
    if (missing === undefined || !isSinceBoot(this.#changedMs)) return;
    this.#tell(allOf(join(this.#database, `${String(missing).padStart(6, "0")}.log`)));
    this.#isLogLost = true;
  }

  #missingLog(first: number, logs: readonly number[]): number | undefined {
    // The list names the first log once there is one.
    if (first > 0 && logs.length === 0) return first;
    const { number, bytes } = this.#known?.log ?? { number: 0, bytes: 0 };
    return bytes > 0 && number >= first && !logs.includes(number) ? number : undefined;
  }

  /** @returns undefined where a part is lost */
  #mended(name: string, known: KnownLength | undefined): Buffer | undefined {
    const path = join(this.#database, name);
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    const log: MendedLog = mendedLog(read(path) ?? Buffer.alloc(0), LOG.test(name));
    if (log.isChanged) this.#replace(name, log.content);
    const least = known?.number === numberOf(name) ? known.bytes : 0;
    // What ends within a record was never acknowledged; but no file becomes shorter by a death.
    if (!log.isDamaged && log.content.length >= least) return log.content;
    // A loss of power may have cost what the system had not written to the device.
    if (!isSinceBoot(changedMs)) return log.content;
    this.#tell(partOf(path));
    return undefined;
  }

  #tables(listed: Listed): void {
    const names = new Map(
      this.#names.filter((name) => TABLE.test(name)).map((name) => [numberOf(name), name]),
    );
    let left = MOST_BYTES;
    for (const [number, table] of Array.from(listed.tables).sort(([a], [b]) => b - a)) {
      const name = names.get(number) ?? `${number}.ldb`;
      const path = join(this.#database, name);
      left -= table.size;
      if (left < 0 && sizeOf(path) >= table.size) continue;
      const looked = lookedAtTable(read(path) ?? Buffer.alloc(0), table);
      if (looked.isChanged) this.#replace(name, looked.content);
      if (!looked.isDamaged) continue;
      this.#tell(partOf(path));
      this.#isTableLost = true;
      this.#lost.push(...looked.lost);
    }
  }

  #replace(name: string, content: Uint8Array): void {
    const path = join(this.#database, name);
    this.#tell(partOf(path));
    this.#put(path, content);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function numberOf(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

function byNumber(one: string, other: string): number {
  return numberOf(one) - numberOf(other);
}
