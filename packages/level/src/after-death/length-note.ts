import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { publishError } from "@class-cache/mapping";
import { bootId, ioError } from "@class-cache/mapping/disk";
import { removedIn, TABLE } from "../engine-files/live-files.ts";
import { endOfLog } from "../engine-files/log-file.ts";
import type { DatabaseFolder } from "../own-folder.ts";
import type { KnownLength } from "./known-lengths.ts";
import { encodeLengths, lengthsPath } from "./known-lengths.ts";
import { Soon } from "./soon.ts";

/** How often is looked at what LevelDB does of itself. */
const LOOK_MS = 1000;

/** Keeps the note of an open database. */
export class LengthNote {
  readonly #folder: DatabaseFolder;
  /** While something is being written to the log, it may end within a record. */
  readonly #note = new Soon(
    () => this.#write(),
    () => this.#underWay === 0,
  );
  readonly #looks: NodeJS.Timeout;
  #underWay = 0;
  #hasEnded = false;
  #fd: number | undefined;
  #log: KnownLength = { number: 0, bytes: 0 };
  #list: KnownLength & { readonly removed: ReadonlySet<number>; readonly size: number } = {
    number: 0,
    bytes: 0,
    removed: new Set(),
    size: 0,
  };
  #noted: Buffer = Buffer.alloc(0);

  /** Notes how long the files are now. Asks for that nothing is being written. */
  constructor(folder: DatabaseFolder) {
    this.#folder = folder;
    this.#write();
    this.#looks = setInterval(() => this.outdate(), LOOK_MS).unref();
  }

  /** Told before something is written to the log. */
  begin(): void {
    this.#underWay += 1;
  }

  /** Told when that has been written. */
  done(): void {
    this.#underWay -= 1;
    this.outdate();
  }

  /** Told that LevelDB has changed its files. */
  outdate(): void {
    if (!this.#hasEnded) this.#note.want();
  }

  /** Notes nothing from now on. */
  end(): void {
    this.#hasEnded = true;
    clearInterval(this.#looks);
    this.#note.end();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** A failure is reported: without, what a death of the process and damage besides cost is not known. */
  #write(): void {
    if (!this.#folder.isThere()) return;
    const { files } = this.#folder;
    try {
      const names = readdirSync(files);
      const log = newestOf(names, /^(\d+)\.log$/);
      const list = newestOf(names, /^MANIFEST-(\d+)$/);
      if (log === undefined || list === undefined) return;
      this.#lookAtLog(log.number, join(files, log.name));
      this.#lookAtList(list.number, join(files, list.name));
      const { removed } = this.#list;
      const leftOver =
        removed.size === 0
          ? []
          : names.map((name) => Number(TABLE.exec(name)?.[1])).filter((each) => removed.has(each));
      const note = encodeLengths({ log: this.#log, list: this.#list, leftOver }, bootId());
      if (note.equals(this.#noted)) return;
      // Not emptied first: the process may be killed in between.
      this.#fd ??= openSync(lengthsPath(files), constants.O_WRONLY | constants.O_CREAT, 0o600);
      writeSync(this.#fd, note, 0, note.length, 0);
      this.#noted = note;
    } catch (error) {
      // The folder may have been removed, or a file of it replaced, just now.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        publishError(ioError("write", lengthsPath(this.#folder.path), error));
    }
  }

  #lookAtLog(number: number, path: string): void {
    const { size } = statSync(path);
    // LevelDB makes none shorter.
    const before = this.#log.number === number ? this.#log.bytes : 0;
    this.#log = { number, bytes: Math.max(size, before) };
  }

  /** LevelDB may be writing to it. */
  #lookAtList(number: number, path: string): void {
    const { size } = statSync(path);
    const isSame = this.#list.number === number;
    if (isSame && size <= this.#list.size) return;
    const list = readFileSync(path);
    const bytes = Math.max(endOfLog(list), isSame ? this.#list.bytes : 0);
    this.#list = { number, bytes, removed: removedIn(list), size: list.length };
  }
}

function newestOf(
  names: readonly string[],
  pattern: RegExp,
): { readonly name: string; readonly number: number } | undefined {
  let newest: { readonly name: string; readonly number: number } | undefined;
  for (const name of names) {
    const number = Number(pattern.exec(name)?.[1] ?? NaN);
    if (number > (newest?.number ?? -1)) newest = { name, number };
  }
  return newest;
}
