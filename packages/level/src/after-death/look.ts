import { statSync } from "node:fs";
import { join } from "node:path";
import type { ReportError } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import { namesIn } from "@class-cache/mapping/disk";
import type { DamagedFile } from "../engine-files/damaged-file.ts";
import { allOf, partOf } from "../engine-files/damaged-file.ts";
import type { Listed } from "../engine-files/live-files.ts";
import { isChangeOfList, listedIn, LOG, removedIn, TABLE } from "../engine-files/live-files.ts";
import { read, replaceFile } from "../file-system.ts";
import { isEntryRow } from "../row-keys.ts";
import type { KnownLength, NotedLengths } from "./known-lengths.ts";
import { knownLengths, lengthsPath } from "./known-lengths.ts";
import { knownRows } from "./known-rows.ts";
import type { KeyRange } from "./looked-at-table.ts";
import { lookedAtTable } from "./looked-at-table.ts";
import type { MendedLog } from "./mended-log.ts";
import { mendedLog } from "./mended-log.ts";
import type { IsRightRow } from "./right-rows.ts";
import { isRightBatch, namesInLogs, rightRows } from "./right-rows.ts";

/** Bytes of tables that are looked through, the newest first: about 50 ms of work. */
const MOST_BYTES: number = 32 * 1024 * 1024;

const LIST = /^MANIFEST-(\d+)$/;
const CURRENT = "CURRENT";

/** What is lost of a database whose process was killed. */
export interface Loss {
  /** Whether the list of tables is lost: then all tables are taken that there are, but for those left over. */
  readonly isListLost: boolean;
  /** Numbers of tables that were not in the list any more. */
  readonly leftOver: ReadonlySet<number>;
  /** Whether a row may be an older one, which a lost one had replaced. @param isLogged whether it is of a log */
  isStale(row: Buffer, isLogged: boolean): boolean;
}

/**
 * Looks through a database that nobody has open and nobody closed, before LevelDB does: that takes a log for
 * ended where a byte is wrong or missing, looks at no checksum of a table, and deletes tables that are not in
 * its list. A flipped bit is put right; what that mends, and what is lost, is reported.
 *
 * Nobody can tell what a loss of power has cost of a log from what damage has. So a log counts as lost only where
 * a note tells that the machine has run ever since; else LevelDB takes what there is.
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
  const note = lengthsPath(database);
  const known = knownLengths(database, () => tell(allOf(note)));
  if (names.length === 0 && known !== undefined) {
    tell({ path: database, what: `The folder ${database}` });
  }
  if (!names.some((name) => LIST.test(name))) return undefined;
  return new Look(database, names, known, tell, replace).run();
}

class Look {
  readonly #database: string;
  readonly #names: readonly string[];
  readonly #known: NotedLengths | undefined;
  readonly #tell: (file: DamagedFile) => void;
  readonly #put: (path: string, content: Uint8Array) => void;
  #isListLost = false;
  #isLogLost = false;
  #isTableLost = false;
  readonly #lost: KeyRange[] = [];
  readonly #leftOver: Set<number>;
  #rightRows: IsRightRow | undefined;

  constructor(
    database: string,
    names: readonly string[],
    known: NotedLengths | undefined,
    tell: (file: DamagedFile) => void,
    put: (path: string, content: Uint8Array) => void,
  ) {
    this.#database = database;
    const told = new Set<string>();
    this.#tell = (file) => {
      if (!told.has(file.path)) tell(file);
      told.add(file.path);
    };
    this.#put = put;
    this.#names = names;
    this.#known = known;
    this.#leftOver = new Set(known?.leftOver);
  }

  run(): Loss | undefined {
    const listed = this.#list();
    if (listed === undefined) this.#isListLost = true;
    this.#logs(listed?.firstLog ?? 0);
    if (listed !== undefined) this.#tables(listed);
    if (!this.#isListLost && !this.#isLogLost && !this.#isTableLost) return undefined;
    return {
      isListLost: this.#isListLost,
      leftOver: this.#leftOver,
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
      .filter((name) => LIST.test(name) && numberOf(name) >= this.#oldestList)
      .toSorted(byNumber)
      .toReversed();
    const current = read(join(this.#database, CURRENT))?.toString("latin1");
    const named = lists.find((name) => current === `${name}\n`);
    for (const name of named === undefined ? lists : [named]) {
      const { content, isLost } = this.#mended(name, this.#known?.list);
      const listed = isLost ? undefined : listedIn(content);
      if (listed === undefined) {
        this.#tell(partOf(join(this.#database, name)));
        for (const number of removedIn(content)) this.#leftOver.add(number);
        continue;
      }
      if (named === undefined) this.#replace(CURRENT, Buffer.from(`${name}\n`));
      return listed;
    }
    if (lists.length === 0) this.#tell(allOf(join(this.#database, nameOfList(this.#oldestList))));
    return undefined;
  }

  /** LevelDB begins a list with a higher number whenever it opens a database. */
  get #oldestList(): number {
    return this.#known?.isOfThisStart === true ? this.#known.list.number : 0;
  }

  #logs(first: number): void {
    const logs = this.#names.filter((name) => LOG.test(name) && numberOf(name) >= first);
    for (const name of logs) {
      if (this.#mended(name, this.#known?.log).isLost) this.#isLogLost = true;
    }
    const missing = this.#missingLog(first, logs.map(numberOf));
    if (missing === undefined) return;
    const path = join(this.#database, `${String(missing).padStart(6, "0")}.log`);
    if (this.#isLoss(allOf(path))) this.#isLogLost = true;
  }

  #missingLog(first: number, logs: readonly number[]): number | undefined {
    // The list names the first log once there is one.
    if (first > 0 && !logs.includes(first)) return first;
    const { number, bytes } = this.#known?.log ?? { number: 0, bytes: 0 };
    return bytes > 0 && number >= first && !logs.includes(number) ? number : undefined;
  }

  #mended(name: string, known: KnownLength | undefined): { content: Buffer; isLost: boolean } {
    const path = join(this.#database, name);
    const isLog = LOG.test(name);
    const log: MendedLog = mendedLog(read(path) ?? Buffer.alloc(0), isLog, (record) =>
      isLog ? isRightBatch(record, this.#isRightRow) : isChangeOfList(record),
    );
    if (log.isChanged) this.#replace(name, log.content);
    const least = known?.number === numberOf(name) ? known.bytes : 0;
    // What ends within a record was never acknowledged; but no file becomes shorter by a death.
    const isWhole = !log.isDamaged && log.end >= least;
    return { content: log.content, isLost: !isWhole && this.#isLoss(partOf(path)) };
  }

  /** Tells of what is not as it was, but for what a loss of power is known to have cost. */
  #isLoss(file: DamagedFile): boolean {
    const isOfThisStart = this.#known?.isOfThisStart;
    if (isOfThisStart !== false) this.#tell(file);
    return isOfThisStart === true;
  }

  readonly #isRightRow: IsRightRow = (row, value, isInOrder) => {
    this.#rightRows ??= rightRows([...knownRows(this.#database), ...namesInLogs(this.#logFiles())]);
    return this.#rightRows(row, value, isInOrder);
  };

  /** With every bit put right that can be: a flipped length hides what follows in its block. */
  *#logFiles(): Iterable<Buffer> {
    for (const name of this.#names) {
      const log = LOG.test(name) ? read(join(this.#database, name)) : undefined;
      if (log !== undefined) yield mendedLog(log, true).content;
    }
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
      const looked = lookedAtTable(read(path) ?? Buffer.alloc(0), table, this.#isRightRow);
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

function nameOfList(number: number): string {
  return `MANIFEST-${String(number).padStart(6, "0")}`;
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
