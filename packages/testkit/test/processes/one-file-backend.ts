/**
 * A permanent backend that processes share, in one file: an entry a file, replaced by renaming, and
 * the locks of the kernel. It shows what a backend of one's own takes.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
  BackendOptions,
  Capabilities,
  Key,
  Lease,
  MappingSettings,
  StoredEntry,
  StoredRecord,
} from "@class-cache/mapping";
import {
  BaseBackend,
  BaseMapping,
  checkLimits,
  DamagedError,
  isLive,
  planEviction,
} from "@class-cache/mapping";
import { ioCode, ioError, Locks } from "@class-cache/mapping/disk";

export interface OneFileOptions extends BackendOptions {
  readonly folder: string;
}

/** An entry as its file has it. */
export type Content = StoredEntry & { readonly id: string; readonly key: string };

const digest = (text: string | Uint8Array): string =>
  createHash("sha256")
    .update(typeof text === "string" ? Buffer.from(text, "utf16le") : text)
    .digest("hex");

export class OneFileBackend extends BaseBackend {
  readonly supports: Capabilities = {
    permanence: true,
    sharedAccess: true,
    snapshots: true,
    atomicBulk: false,
    cheapRecords: false,
    durableWrites: false,
  };
  readonly folder: string;
  readonly #limits: BackendOptions;
  readonly #locks: Locks;

  constructor({ folder, ...options }: OneFileOptions) {
    super(options);
    checkLimits(options, "oneFile");
    this.folder = folder;
    this.#limits = options;
    this.makeFolder(join(folder, "entries"));
    this.#locks = new Locks(folder);
  }

  /** Does what nobody may come in between of. */
  async alone<T>(work: () => T): Promise<T> {
    await using _lock = await this.#locks.acquire("store", "writes");
    return work();
  }

  makeFolder(path: string): void {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  pathOf(id: string, key: string): string {
    return join(this.folder, "entries", digest(`${digest(id)}${key}`));
  }

  write(entry: Content): void {
    const { value, ...rest } = entry;
    const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(rest)}\n`), value]);
    this.replace(
      this.pathOf(entry.id, entry.key),
      Buffer.concat([Buffer.from(digest(bytes)), bytes]),
    );
  }

  replace(path: string, bytes: Buffer): void {
    const fresh = join(this.folder, `${randomUUID()}.tmp`);
    try {
      writeFileSync(fresh, bytes, { mode: 0o600 });
      renameSync(fresh, path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw ioError("write", path, error);
    }
  }

  /** @returns undefined where there is no entry, or none that can be read */
  read(path: string): Content | undefined {
    let file: Buffer;
    try {
      file = readFileSync(path);
    } catch (error) {
      if (["ENOENT", "EISDIR"].includes(ioCode(error) ?? "")) return undefined;
      throw ioError("read", path, error);
    }
    const [sum, bytes] = [file.subarray(0, 64), file.subarray(64)];
    if (this.isSound(sum, bytes)) {
      const end = bytes.indexOf("\n");
      const rest = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<Content, "value">;
      // JSON leaves out what is undefined, which reads as undefined all the same.
      return { ...rest, value: bytes.subarray(end + 1) };
    }
    this.settings.onError(new DamagedError(`The entry in ${path}`));
    return undefined;
  }

  isSound(sum: Buffer, bytes: Buffer): boolean {
    return sum.toString("latin1") === digest(bytes);
  }

  /** All entries, or those of one mapping. */
  *entries(id?: string): Generator<Content> {
    for (const name of readdirSync(join(this.folder, "entries"))) {
      if (!/^[0-9a-f]{64}$/.test(name)) continue;
      const entry = this.read(join(this.folder, "entries", name));
      if (entry !== undefined && (id === undefined || entry.id === id)) yield entry;
    }
  }

  remove({ id, key }: { readonly id: string; readonly key: string }): void {
    rmSync(this.pathOf(id, key), { force: true, recursive: true });
  }

  keepLimits(): void {
    const { maxBytes, maxEntries } = this.#limits;
    if (maxBytes === undefined && maxEntries === undefined) return;
    const records = Array.from(this.entries(), recordOf);
    const plan = planEviction(records, checkLimits(this.#limits, "oneFile"), this.clock.now());
    for (const record of [...plan.expired, ...plan.evicted]) this.remove(record);
  }

  protected _open<K extends Key, V>(id: string, settings: MappingSettings): BaseMapping<K, V> {
    return new OneFileMapping<K, V>(this, id, settings);
  }

  protected *_ids(): Iterable<string> {
    yield* new Set(Array.from(this.entries(), ({ id }) => id));
  }

  protected _drop(id: string): Promise<boolean> {
    return this.alone(() => {
      const entries = Array.from(this.entries(id));
      for (const entry of entries) this.remove(entry);
      return entries.length > 0;
    });
  }

  protected _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    return this.#locks.acquire("lease", name, { signal });
  }

  protected override async _close(): Promise<void> {
    // Behind all that was begun.
    await this.alone(() => {});
    this.#locks.close();
  }
}

export class OneFileMapping<K extends Key, V> extends BaseMapping<K, V> {
  readonly #backend: OneFileBackend;

  constructor(backend: OneFileBackend, id: string, settings: MappingSettings) {
    super(id, settings);
    this.#backend = backend;
  }

  protected _lookup(key: string): StoredEntry | undefined {
    return this.#backend.read(this.#backend.pathOf(this.id, key));
  }

  protected _set(key: string, entry: StoredEntry): Promise<void> {
    return this.#backend.alone(() => {
      this.#backend.write({ ...entry, id: this.id, key });
      this.#backend.keepLimits();
    });
  }

  protected _delete(key: string, now: number): Promise<boolean> {
    return this.#backend.alone(() => {
      const entry = this._lookup(key);
      this.#backend.remove({ id: this.id, key });
      return entry !== undefined && isLive(entry, now);
    });
  }

  protected _clear(): Promise<void> {
    return this.#backend.alone(() => {
      for (const entry of this.#backend.entries(this.id)) this.#backend.remove(entry);
    });
  }

  protected override _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    return this.#backend.alone(() => {
      const present = this._lookup(key);
      if (present !== undefined && isLive(present, entry.storedAt)) return present;
      this.#backend.write({ ...entry, id: this.id, key });
      this.#backend.keepLimits();
      return undefined;
    });
  }

  protected async *_records(): AsyncIterableIterator<StoredRecord> {
    yield* await this.#backend.alone(() => Array.from(this.#backend.entries(this.id), recordOf));
  }

  protected _evict(records: readonly StoredRecord[]): Promise<void> {
    return this.#backend.alone(() => {
      for (const { key, storedAt } of records) {
        if (this._lookup(key)?.storedAt === storedAt) this.#backend.remove({ id: this.id, key });
      }
    });
  }
}

function recordOf({ value, ...rest }: Content): StoredRecord & { readonly id: string } {
  return { ...rest, bytes: value.byteLength };
}

export function backend(options: OneFileOptions): OneFileBackend {
  return new OneFileBackend(options);
}
