import { setTimeout as sleep } from "node:timers/promises";
import type { BatchOperation, Iterator } from "level";
import { Level } from "level";
import type { ReportError } from "@class-cache/mapping";
import { FormatVersionError } from "@class-cache/mapping";
import { LengthNote } from "./after-death/length-note.ts";
import { missingFiles } from "./after-death/missing-files.ts";
import { makeFilesPrivate, makePrivateFolder } from "./file-system.ts";
import { DAMAGED, levelCode, levelError } from "./level-error.ts";
import { passOverLostList } from "./lost-list.ts";
import type { DatabaseFolder, EnteredFolder } from "./own-folder.ts";
import { FORMAT_ROW } from "./row-keys.ts";
import { mayBeOlder } from "./seal/mend.ts";
import type { SealedRow } from "./seal/seal.ts";
import type { Known } from "./seal/sealed-folder.ts";
import { mendSealed, sealFolder } from "./seal/sealed-folder.ts";

/** What `level` is on Node.js: LevelDB, which has more than its types for all platforms tell. */
interface Engine extends Level<string, Buffer> {
  compactRange(start: string, end: string): Promise<void>;
}

/** A row to put, or to delete. */
export type RowChange = BatchOperation<Engine, string, Buffer>;

export type Row = readonly [string, Buffer];

const FORMAT_VERSION = 2;
const FORMAT: Buffer = Buffer.from(`class-cache level ${FORMAT_VERSION}`);

/** LevelDB's lock may outlive the owner's by the moments in which the kernel ends a process. */
const LOCK_PATIENCE_MS = 2000;

/** Bytes between two looks for new files: LevelDB begins one every 2 to 4 MiB. */
const BYTES_PER_LOOK: number = 1024 * 1024;

const READ_AHEAD_BYTES: number = 1024 * 1024;

/** Stands for a row that LevelDB could not read. */
const unreadable: Buffer = Buffer.alloc(0);

/** The open LevelDB database of a store. */
export class Database {
  readonly folder: DatabaseFolder;
  readonly #entered: EnteredFolder;
  readonly #engine: Engine;
  readonly #lengths: LengthNote;
  #bytesUntilLook = 0;
  #hasFailed = false;
  readonly #knownTables: Known["tables"];
  /** LevelDB gives no name to a second file while it is open. */
  #privateFiles: ReadonlySet<string> = new Set();

  private constructor(
    folder: DatabaseFolder,
    entered: EnteredFolder,
    engine: Engine,
    knownTables: Known["tables"],
  ) {
    this.folder = folder;
    this.#entered = entered;
    this.#engine = engine;
    this.#lengths = new LengthNote(folder);
    this.#knownTables = knownTables;
  }

  /**
   * What was damaged since it was last closed is mended where that can be, and reported.
   *
   * @throws StoreError when LevelDB cannot open it
   * @throws FormatVersionError when another version of the layout wrote it
   */
  static async open(folder: DatabaseFolder, report: ReportError): Promise<Database> {
    const { path, files } = folder;
    makePrivateFolder(files);
    const known = mendSealed(path, report);
    passOverLostList(path);
    const entered = folder.enter();
    const engine = await engineIn(entered, path);
    const database = new Database(folder, entered, engine, known.tables);
    try {
      await database.#restore(known);
      database.#makePrivate();
      await database.#checkFormat();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /** What its folder is called. */
  get path(): string {
    return this.folder.path;
  }

  /** A row's value; undefined: there is none, no bytes: it cannot be read. */
  read(row: string): Buffer | undefined {
    try {
      // LevelDB's binding cuts a text short, without a word, where a character of several bytes does not
      // fit into what is left of a buffer that it reuses.
      if (Buffer.byteLength(row) === row.length) return this.#engine.getSync(row);
      return this.#engine.getSync<Buffer, Buffer>(Buffer.from(row), { keyEncoding: "buffer" });
    } catch (error) {
      if (levelCode(error) === DAMAGED) return unreadable;
      throw levelError("read from the LevelDB database", this.path, error);
    }
  }

  /** Makes these changes together, or none of them. */
  async write(changes: RowChange[], bytes: number): Promise<void> {
    try {
      const [only] = changes;
      this.#lengths.begin();
      // One row alone is a quarter cheaper without a batch.
      if (only?.type === "put" && changes.length === 1)
        await this.#engine.put(only.key, only.value);
      else await this.#engine.batch(changes);
      this.#lengths.done();
      this.#bytesUntilLook -= bytes;
      if (this.#bytesUntilLook > 0) return;
      this.#bytesUntilLook = BYTES_PER_LOOK;
      this.#makePrivate();
    } catch (error) {
      this.#hasFailed = true;
      // The log may end within a record.
      this.#lengths.end();
      throw levelError("write to the LevelDB database", this.path, error);
    }
  }

  /** Puts rows, and has them on the device before it returns. */
  async writeDurably(
    rows: readonly { readonly key: Buffer; readonly value: Buffer }[],
  ): Promise<void> {
    const changes = rows.map(({ key, value }) => ({ type: "put" as const, key, value }));
    try {
      this.#lengths.begin();
      await this.#engine.batch<Buffer, Buffer>(changes, { keyEncoding: "buffer", sync: true });
      this.#lengths.done();
    } catch (error) {
      this.#lengths.end();
      throw levelError("write to the LevelDB database", this.path, error);
    }
  }

  /**
   * Rows in the order of their keys, in chunks, as they are at the moment of the call. Rows that
   * cannot be read are passed over.
   */
  scan(range: { gt?: string; gte?: string; lt: string }): AsyncIterableIterator<Row[]> {
    const options = { ...range, highWaterMarkBytes: READ_AHEAD_BYTES };
    return this.#chunks(this.#engine.iterator<string, Buffer>(options), options);
  }

  async *#chunks(
    iterator: Iterator<Engine, string, Buffer>,
    range: { lt: string },
  ): AsyncIterableIterator<Row[]> {
    let after: string | undefined;
    let current = iterator;
    let size = 1000;
    try {
      for (;;) {
        let rows: Row[];
        try {
          rows = await current.nextv(size);
        } catch (error) {
          const isDamage = levelCode(error) === DAMAGED;
          if (!isDamage) throw levelError("read from the LevelDB database", this.path, error);
          // LevelDB tells of damage at the end only, instead of the rows that it still had.
          if (size === 1) return;
          size = 1;
          await current.close();
          current = this.#engine.iterator<string, Buffer>(
            after === undefined ? range : { ...range, gt: after },
          );
          continue;
        }
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last[0];
        yield rows;
      }
    } finally {
      await current.close();
    }
  }

  async deleteRange(range: { gte: string; lt: string }): Promise<void> {
    try {
      this.#lengths.begin();
      await this.#engine.clear(range);
      this.#lengths.done();
    } catch (error) {
      this.#lengths.end();
      throw levelError("delete from the LevelDB database", this.path, error);
    }
  }

  async compactRange({ gte, lt }: { gte: string; lt: string }): Promise<void> {
    try {
      await this.#engine.compactRange(gte, lt);
      this.#lengths.outdate();
      this.#makePrivate();
    } catch (error) {
      throw levelError("compact the LevelDB database", this.path, error);
    }
  }

  /** @param rows that are wanted back when a table is lost; undefined: the database is not in order */
  async close(rows?: readonly SealedRow[]): Promise<void> {
    this.#lengths.end();
    await this.#engine.close();
    this.#entered.leave();
    if (!this.folder.isThere()) return;
    // LevelDB may have made a table in the background until now.
    this.#makePrivate();
    if (rows === undefined || this.#hasFailed) return;
    // A seal would say that nothing is missing.
    if (missingFiles(this.folder.files).length > 0) return;
    sealFolder(this.folder.files, rows, this.#knownTables);
  }

  #makePrivate(): void {
    this.#privateFiles = makeFilesPrivate(this.folder.files, this.#privateFiles);
  }

  /** Takes what rows that are lost had replaced for damaged. */
  async #restore({ lost, rows }: Known): Promise<void> {
    const isStale = mayBeOlder(lost);
    this.#lengths.begin();
    for (const { first, last } of lost.blocks) {
      const range = { keyEncoding: "buffer", gte: first, lte: last };
      for await (const key of this.#engine.keys<Buffer>(range)) {
        if (!isStale(key)) continue;
        await this.#engine.put<Buffer, Buffer>(key, unreadable, { keyEncoding: "buffer" });
      }
    }
    for (const { key, value } of rows) await this.#engine.put(key, Buffer.from(value));
    this.#lengths.done();
  }

  async #checkFormat(): Promise<void> {
    const found = this.read(FORMAT_ROW);
    if (found === undefined) {
      return this.write([{ type: "put", key: FORMAT_ROW, value: FORMAT }], FORMAT.length);
    }
    const version = /^class-cache level (\d+)$/.exec(found.toString("latin1"))?.[1];
    // A damaged row says nothing of the version; the records have checksums of their own.
    if (version !== undefined && Number(version) !== FORMAT_VERSION) {
      throw new FormatVersionError(this.path, Number(version), FORMAT_VERSION);
    }
  }
}

/** Opens LevelDB. @throws StoreError when that fails; then the folder is left */
async function engineIn(entered: EnteredFolder, path: string): Promise<Engine> {
  const engine = new Level<string, Buffer>(entered.path, {
    keyEncoding: "utf8",
    valueEncoding: "buffer",
  }) as Engine;
  const deadline = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      await engine.open();
      return engine;
    } catch (error) {
      if (levelCode(error) !== "LEVEL_LOCKED" || performance.now() > deadline) {
        entered.leave();
        throw levelError("open the LevelDB database", path, error);
      }
      await sleep(5);
    }
  }
}
