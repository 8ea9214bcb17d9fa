import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  Awaitable,
  BackendOptions,
  BaseMapping,
  BoundedStore,
  Capabilities,
  Inspection,
  Key,
  Lease,
  MappingSettings,
  PlacedRecord,
  Usage,
} from "@class-cache/mapping";
import {
  BaseBackend,
  Budget,
  cacheFolder,
  FormatVersionError,
  isBookkeeping,
  LimitKeeper,
  OptionError,
  publishError,
} from "@class-cache/mapping";
import { checkPath, Locks, namesIn } from "@class-cache/mapping/disk";
import { BlockMapping } from "./block-mapping.ts";
import { BlockStore } from "./block-store.ts";
import { currentEpoch } from "./epoch.ts";
import type { FileCalls } from "./file-calls.ts";
import { fileCalls } from "./file-calls.ts";
import { inspectStore } from "./inspect-store.ts";
import { readManifest } from "./manifest.ts";
import { OpenFiles } from "./open-files.ts";
import { folderName } from "./paths.ts";

export interface FileBlocksOptions extends BackendOptions {
  /**
   * The folder of the store; made when the first entry is written. Default:
   * `$XDG_CACHE_HOME/class-cache`, else `class-cache` in the platform's folder for caches.
   */
  readonly dir?: string | undefined;
  /** Bytes of live records at which a block of the store is split in 16. Default: 1 MiB. */
  readonly maxBlockBytes?: number | undefined;
  /**
   * When a write is acknowledged. `"normal"` (default): when the operating system has it, so that it
   * outlives the process; a loss of power may cost the newest entries. `"sync"`: when the device has
   * it.
   */
  readonly durability?: "normal" | "sync" | undefined;
}

const DEFAULT_BLOCK_BYTES = 1024 * 1024;

/** For another process that evicts; then both do, which costs a little more than it need. */
const LONGEST_WAIT_MS = 2000;

/**
 * The default backend: entries in a few append-only files in a folder, shared by any number of
 * processes of the machine.
 *
 * @throws OptionError when an option is not of its form
 */
export function fileBlocks(options: FileBlocksOptions = {}): FileBlockBackend {
  return new FileBlockBackend(options);
}

/** The backend that `fileBlocks()` makes. */
export class FileBlockBackend extends BaseBackend {
  readonly supports: Capabilities = {
    permanence: true,
    sharedAccess: true,
    snapshots: true,
    atomicBulk: false,
    cheapRecords: true,
    durableWrites: true,
  };
  /** The folder of the store. */
  readonly dir: string;
  readonly #calls: FileCalls;
  readonly #maxBlockBytes: number;
  readonly #durable: boolean;
  readonly #locks: Locks;
  readonly #open = new OpenFiles();
  readonly #stores = new Map<string, BlockStore>();
  readonly #budget: Budget | undefined;
  /** Whether what was in the store has been read, for its limits. */
  #isRead = false;

  /** @param calls what the store asks of the file system. Default: what Node.js has */
  constructor(options: FileBlocksOptions = {}, calls: FileCalls = fileCalls) {
    super(options, "fileBlocks");
    const { dir = cacheFolder(), maxBlockBytes = DEFAULT_BLOCK_BYTES, durability } = options;
    if (typeof maxBlockBytes !== "number" || !(maxBlockBytes >= 1)) {
      throw new OptionError("fileBlocks.maxBlockBytes", "a number of bytes from 1", maxBlockBytes);
    }
    if (durability !== undefined && durability !== "normal" && durability !== "sync") {
      throw new OptionError("fileBlocks.durability", '"normal" or "sync"', durability);
    }
    this.dir = checkPath(dir, "fileBlocks.dir", "a folder");
    this.#calls = calls;
    this.#maxBlockBytes = maxBlockBytes;
    this.#durable = durability === "sync";
    this.#locks = new Locks(this.dir, calls);
    const { eviction, clock } = this.settings;
    if (eviction?.limits === undefined) return;
    const store: BoundedStore = {
      usage: () => this.#usage(),
      placedRecords: (atLeast) => this.#placedRecords(atLeast),
      evict: (records) => this.#evict(records),
      alone: (work) => this.#alone(work),
    };
    const keeper = new LimitKeeper(eviction, eviction.limits, store, () => clock.now());
    this.#budget = new Budget(eviction.limits, () => keeper.keep());
  }

  protected _open<K extends Key, V>(id: string, settings: MappingSettings): BaseMapping<K, V> {
    const budget = isBookkeeping(id) ? undefined : this.#budget;
    return new BlockMapping<K, V>(id, settings, this.#store(id), budget);
  }

  protected *_ids(): Iterable<string> {
    for (const name of namesIn(this.dir, this.#calls)) {
      const folder = join(this.dir, name);
      const id = idOf(this.#calls, folder);
      if (
        id !== undefined &&
        folderName(id) === name &&
        currentEpoch(this.#calls, folder) !== undefined
      )
        yield id;
    }
  }

  protected _drop(id: string): Promise<boolean> {
    return this.#store(id).drop(publishError);
  }

  protected async _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    return this.#locks.acquire("lease", name, { signal });
  }

  protected override _inspect(inspection: Inspection): Promise<void> {
    return inspectStore(this.#calls, this.dir, this.#stores.keys(), inspection, (id, findings) =>
      this.#store(id).mend(findings, this.settings.clock.now(), publishError),
    );
  }

  protected override async _close(): Promise<void> {
    await Promise.all(Array.from(this.#stores.values(), (store) => store.close()));
    this.#locks.close();
  }

  #store(id: string): BlockStore {
    let store = this.#stores.get(id);
    if (store === undefined) {
      store = new BlockStore(
        this.#calls,
        join(this.dir, folderName(id)),
        id,
        this.#locks,
        this.#open,
        {
          maxBlockBytes: this.#maxBlockBytes,
          durable: this.#durable,
        },
      );
      this.#stores.set(id, store);
    }
    return store;
  }

  *#bounded(): Iterable<readonly [id: string, store: BlockStore]> {
    for (const id of this._ids()) if (!isBookkeeping(id)) yield [id, this.#store(id)];
  }

  /** Reading the store for the first time is done in slices, for other work to go on. */
  #usage(): Awaitable<Usage> {
    return this.#isRead ? this.#knownUsage() : this.#readAll().then(() => this.#knownUsage());
  }

  async #readAll(): Promise<void> {
    for (const [, store] of this.#bounded()) await store.readAll(publishError);
    this.#isRead = true;
  }

  #knownUsage(): Usage {
    let entries = 0;
    let bytes = 0;
    for (const [, store] of this.#bounded()) {
      const usage = store.usage(publishError);
      entries += usage.entries;
      bytes += usage.bytes;
    }
    return { entries, bytes };
  }

  /** Keys lie in blocks by their hashes: the records of some blocks are as good as any others. */
  async #placedRecords(atLeast: number): Promise<PlacedRecord[]> {
    const parts: { readonly id: string; readonly store: BlockStore; readonly prefix: string }[] =
      [];
    for (const [id, store] of this.#bounded()) {
      for (const prefix of store.prefixes(publishError)) parts.push({ id, store, prefix });
    }
    const found: PlacedRecord[] = [];
    while (found.length < atLeast && parts.length > 0) {
      const [part] = parts.splice(Math.floor(Math.random() * parts.length), 1);
      const { id: mapping, store, prefix } = part!;
      for (const record of store.records(publishError, prefix)) found.push({ ...record, mapping });
      await nextTurn();
    }
    return found;
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = await this.#locks.acquire("limits", "", { patience: LONGEST_WAIT_MS });
    try {
      return await work();
    } finally {
      await turn?.release();
    }
  }

  async #evict(records: readonly PlacedRecord[]): Promise<void> {
    const now = this.settings.clock.now();
    const byMapping = new Map<string, PlacedRecord[]>();
    for (const record of records) {
      const placed = byMapping.get(record.mapping);
      if (placed === undefined) byMapping.set(record.mapping, [record]);
      else placed.push(record);
    }
    for (const [id, placed] of byMapping) await this.#store(id).evict(placed, now, publishError);
  }
}

/** The id of the mapping in a folder; undefined where there is none that this version can read. */
function idOf(calls: FileCalls, folder: string): string | undefined {
  try {
    return readManifest(calls, folder)?.id;
  } catch (error) {
    if (error instanceof FormatVersionError) return undefined;
    throw error;
  }
}
