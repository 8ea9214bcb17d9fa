import type { ReportError, Usage } from "@class-cache/mapping";
import { isBookkeeping, publishError, StoreError } from "@class-cache/mapping";
import { RowNote } from "./after-death/known-rows.ts";
import { Catalog } from "./catalog.ts";
import { ClientLog } from "./client-log.ts";
import { Database } from "./database.ts";
import type { Draft } from "./draft.ts";
import { decodeHead, isLarge } from "./record.ts";
import type { DatabaseFolder } from "./own-folder.ts";
import { OwnerLimits } from "./owner-limits.ts";
import type { Allot } from "./record-memory.ts";
import type { LevelStore, Page, Records, RequestKind, RequestOf, Results } from "./requests.ts";
import {
  clientRow,
  entryRow,
  garbageRow,
  keyOfEntryRow,
  largeRow,
  rowsWithPrefix,
} from "./row-keys.ts";
import { Tallies } from "./tallies.ts";
import { WriteQueue } from "./write-queue.ts";

/** A page ends with the chunk in which it reaches so many entries. */
const PAGE_ENTRIES = 1000;

/** The store in the process that has the database open. */
export class Owner implements LevelStore {
  readonly #database: Database;
  readonly #isCurrent: () => boolean;
  readonly #catalog: Catalog;
  readonly #tallies: Tallies;
  readonly #queue: WriteQueue;
  readonly #clients: ClientLog;
  readonly #limits: OwnerLimits;
  /** The names of mappings, by which everything in them is found. */
  readonly #names: RowNote;
  /** What is under way beside writes, and has to end before the database is closed. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #sweeps = new Set<Promise<void>>();
  /** Told when this is to be the owner no more: the database has failed, or another is to open it. */
  onRetire: () => void = () => {};

  private constructor(database: Database, catalog: Catalog, isCurrent: () => boolean) {
    this.#database = database;
    this.#isCurrent = isCurrent;
    this.#catalog = catalog;
    this.#names = new RowNote(database.folder, () => catalog.rows());
    this.#tallies = new Tallies(database);
    this.#queue = new WriteQueue(database, catalog, this.#tallies, {
      isCurrent,
      onWritten: (draft) => this.#written(draft),
      onFailed: () => this.onRetire(),
    });
    const writers = (): number => 1 + this.#clients.present;
    this.#limits = new OwnerLimits(this, () => this.#usage(), writers);
    this.#clients = new ClientLog(database, ({ id }) => {
      this.#inBackground(
        this.#queue.run((draft) => {
          draft.delete(clientRow(id));
          return 0;
        }),
      );
    });
  }

  /**
   * Asks for the lock that makes this process the only one to do so.
   *
   * @param isCurrent whether the database is still in its place, or was so just now
   * @param report told of what is damaged
   */
  static async open(
    folder: DatabaseFolder,
    isCurrent: () => boolean,
    report: ReportError,
  ): Promise<Owner> {
    const database = await Database.open(folder, report);
    try {
      const owner = new Owner(database, await Catalog.load(database, report), isCurrent);
      await owner.#clients.load();
      for await (const rows of database.scan(rowsWithPrefix(garbageRow("")))) {
        for (const [row] of rows) owner.#sweep(row.slice(1));
      }
      return owner;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  perform<K extends RequestKind>(request: RequestOf<K>): Promise<Results[K]>;
  perform(request: RequestOf<RequestKind>): Promise<Results[RequestKind]> {
    // The queue's own promise: one around it would settle some turns later.
    return request.kind === "write" ? this.#queue.write(request) : this.#answer(request);
  }

  async #answer(request: RequestOf<Exclude<RequestKind, "write">>): Promise<Results[RequestKind]> {
    switch (request.kind) {
      case "lookup":
      case "heads":
        return this.records(request);
      case "size":
        return this.#track(this.#size(request.id, request.now));
      case "page":
        return this.#track(this.#page(request.id, request.after));
      case "keep":
        return this.#track(this.#limits.keep(request));
      case "ids":
        return Array.from(this.#catalog.all(), ({ id }) => id);
      case "compact":
        await this.#track(this.#compact(request.id));
        return null;
      case "retire":
        this.onRetire();
        return null;
    }
  }

  /**
   * Whether the database is still in its place, or was so just now. If not, another process may have one
   * there by now, and what this one has counts no more.
   */
  get isInPlace(): boolean {
    return this.#isCurrent();
  }

  /** Memory for a record that is handed to `perform` before control is given back. */
  get allot(): Allot {
    return this.#queue.memory.allot;
  }

  /**
   * A write of a guest, which is applied once however often it comes.
   *
   * @param number grows from write to write
   * @param oldestOpen the guest has had the answers to all writes before this one
   */
  performOnce(
    client: string,
    number: number,
    oldestOpen: number,
    request: RequestOf<"write">,
  ): Promise<number> {
    const log = this.#clients.enter(client);
    const known = log.outcomes.get(number);
    if (known !== undefined) return known;
    if (number <= log.last) {
      return Promise.reject(new StoreError(`A write of ${client} came again after later ones.`));
    }
    log.last = number;
    log.acknowledge(oldestOpen);
    const outcome = this.#queue.write(request, log, number);
    log.outcomes.set(number, outcome);
    return outcome;
  }

  /** A guest that was here has gone; `forever` when it has had all its answers and said so. */
  leave(client: string, forever: boolean): void {
    if (forever) this.#clients.forget(client);
    else this.#clients.leave(client);
  }

  /** The bytes of an entry's record; none when they cannot be read. */
  lookup(id: string, key: string): Uint8Array | undefined {
    for (let tries = 0; ; tries += 1) {
      const place = this.#catalog.get(id);
      if (place === undefined) return undefined;
      const record = this.#database.read(entryRow(place.space, key));
      if (record === undefined || !isLarge(record)) return record;
      const large = this.#database.read(largeRow(place.space, key));
      // It may have been replaced between the two reads, but not again and again.
      if (large !== undefined || tries === 3) return large ?? record;
    }
  }

  /** The answer to a request that needs no waiting for. */
  records({ kind, id, keys }: RequestOf<"lookup" | "heads">): Records {
    return keys.map((key) => (kind === "lookup" ? this.lookup(id, key) : this.head(id, key)));
  }

  /** As `lookup`, but of a large record its head alone. */
  head(id: string, key: string): Uint8Array | undefined {
    const place = this.#catalog.get(id);
    return place && this.#database.read(entryRow(place.space, key));
  }

  /** Ends it: what was asked for is done, what is asked from now on is refused. */
  async close(): Promise<void> {
    this.#clients.close();
    await Promise.allSettled(this.#underWay);
    await this.#queue.idle();
    await Promise.all(this.#sweeps);
    this.#names.end();
    await this.#database.close(this.#catalog.rows());
  }

  async #size(id: string, now: number): Promise<number> {
    const place = this.#catalog.get(id);
    if (place === undefined) return 0;
    const tally = await this.#tally(place.space, id);
    if (tally.expiring === 0) return tally.entries;
    let size = 0;
    for await (const rows of this.#database.scan(rowsWithPrefix(entryRow(place.space, "")))) {
      for (const [row, value] of rows) {
        const head = decodeHead(place.seed, keyOfEntryRow(row), value);
        if (head !== undefined && (head.expiresAt === undefined || head.expiresAt > now)) size += 1;
      }
    }
    return size;
  }

  async #usage(): Promise<Usage> {
    let entries = 0;
    let bytes = 0;
    for (const { id, space } of Array.from(this.#catalog.all())) {
      if (isBookkeeping(id)) continue;
      const tally = await this.#tally(space, id);
      entries += tally.entries;
      bytes += tally.bytes;
    }
    return { entries, bytes };
  }

  async #tally(space: string, id: string): Promise<Usage & { readonly expiring: number }> {
    if (!this.#tallies.has(space)) {
      await this.#queue.between(() => {
        const place = this.#catalog.get(id);
        if (place?.space === space && !this.#tallies.has(space)) this.#tallies.begin(place);
      });
    }
    return (await this.#tallies.get(space)) ?? { entries: 0, bytes: 0, expiring: 0 };
  }

  async #page(id: string, after: string | undefined): Promise<Page> {
    const records: Page["records"][number][] = [];
    const damaged: string[] = [];
    const place = this.#catalog.get(id);
    if (place === undefined) return { records, damaged, next: undefined };
    const all = rowsWithPrefix(entryRow(place.space, ""));
    const rest = after === undefined ? all : { gt: entryRow(place.space, after), lt: all.lt };
    for await (const rows of this.#database.scan(rest)) {
      for (const [row, value] of rows) {
        const key = keyOfEntryRow(row);
        const record = decodeHead(place.seed, key, value);
        if (record === undefined) damaged.push(key);
        else records.push(record);
      }
      if (records.length + damaged.length >= PAGE_ENTRIES) {
        return { records, damaged, next: keyOfEntryRow(rows.at(-1)![0]) };
      }
    }
    return { records, damaged, next: undefined };
  }

  async #compact(id: string): Promise<void> {
    await Promise.all(this.#sweeps);
    const space = this.#catalog.get(id)?.space;
    if (space === undefined) return;
    await this.#database.compactRange(rowsWithPrefix(entryRow(space, "")));
    await this.#database.compactRange(rowsWithPrefix(largeRow(space, "")));
  }

  #track<R>(work: Promise<R>): Promise<R> {
    const end = (): boolean => this.#underWay.delete(work);
    this.#underWay.add(work);
    work.then(end, end);
    return work;
  }

  #written(draft: Draft): void {
    if (draft.changesCatalog) this.#names.outdate();
    for (const space of draft.garbage ?? []) this.#sweep(space);
  }

  /** Deletes what lies in a space that nothing leads to. A death meanwhile leaves it to the next owner. */
  #sweep(space: string): void {
    this.#inBackground(
      (async () => {
        await this.#database.deleteRange(rowsWithPrefix(entryRow(space, "")));
        await this.#database.deleteRange(rowsWithPrefix(largeRow(space, "")));
        await this.#database.write([{ type: "del", key: garbageRow(space) }], 0);
      })(),
    );
  }

  #inBackground(work: Promise<unknown>): void {
    const ended: Promise<void> = work
      .then(
        () => {},
        (error: unknown) => publishError(error as Error),
      )
      .finally(() => this.#sweeps.delete(ended));
    this.#sweeps.add(ended);
  }
}
