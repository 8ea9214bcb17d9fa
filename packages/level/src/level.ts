import { join, resolve } from "node:path";
import type {
  BackendOptions,
  BaseMapping,
  BudgetedStore,
  Capabilities,
  Key,
  Lease,
  MappingSettings,
  PlacedRecord,
} from "@class-cache/mapping";
import {
  BaseBackend,
  Budget,
  cacheFolder,
  DamagedError,
  OptionError,
  publishError,
} from "@class-cache/mapping";
import { Access } from "./access.ts";
import { allRecords } from "./all-records.ts";
import { makeFolder } from "./file-system.ts";
import { LevelMapping } from "./level-mapping.ts";
import { Locks } from "./locks.ts";
import type { Change } from "./requests.ts";

export interface LevelOptions extends BackendOptions {
  /**
   * The folder of the store; made at the first operation. Default: `$XDG_CACHE_HOME/class-cache/level`,
   * else `class-cache/level` in the platform's folder for caches.
   */
  readonly dir?: string | undefined;
  /**
   * Milliseconds after which an operation fails with a `StoreError` when the process that owns the
   * database gives no sign of life. From 1 to 300,000. Default: 10,000.
   */
  readonly timeout?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 300_000;

/**
 * A LevelDB database in a folder, shared by any number of processes of the machine: the first owns it
 * and serves the others, and when it ends another takes over.
 *
 * @throws OptionError when an option is not of its form
 */
export function level(options: LevelOptions = {}): LevelBackend {
  return new LevelBackend(options);
}

/** The backend that `level()` makes. */
export class LevelBackend extends BaseBackend {
  readonly supports: Capabilities = {
    permanence: true,
    sharedAccess: true,
    snapshots: true,
    atomicBulk: true,
    cheapRecords: true,
    durableWrites: false,
  };
  /** The folder of the store. */
  readonly dir: string;
  readonly #access: Access;
  readonly #locks: Locks;
  readonly #budget: Budget | undefined;

  constructor(options: LevelOptions = {}) {
    super(options);
    const { dir = join(cacheFolder(), "level"), timeout = DEFAULT_TIMEOUT_MS } = options;
    if (typeof dir !== "string" || dir === "" || dir.includes("\0")) {
      throw new OptionError("level.dir", "the path of a folder", dir);
    }
    if (typeof timeout !== "number" || !(timeout >= 1 && timeout <= LONGEST_TIMEOUT_MS)) {
      throw new OptionError("level.timeout", "milliseconds from 1 to 300,000", timeout);
    }
    this.dir = resolve(dir);
    this.#access = new Access(this.dir, timeout);
    this.#locks = new Locks(this.dir);
    const store: BudgetedStore = {
      usage: () => this.#access.perform<"usage">({ kind: "usage" }),
      placedRecords: () => this.#placedRecords(),
      evict: (records) => this.#evict(records),
    };
    this.#budget = Budget.of(options, "level", store, () => this.settings.clock.now());
  }

  protected _open<K extends Key, V>(id: string, settings: MappingSettings): BaseMapping<K, V> {
    return new LevelMapping<K, V>(id, settings, this.#access, this.#budget);
  }

  protected async *_ids(): AsyncIterableIterator<string> {
    yield* await this.#access.perform<"ids">({ kind: "ids" });
  }

  protected async _drop(id: string): Promise<boolean> {
    return (await this.#write(id, [{ kind: "drop" }])) > 0;
  }

  protected async _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    makeFolder(this.dir);
    return this.#locks.acquire(name, signal);
  }

  protected override async _close(): Promise<void> {
    this.#locks.close();
    await this.#access.close();
  }

  #write(id: string, changes: readonly Change[]): Promise<number> {
    return this.#access.perform<"write">({ kind: "write", id, changes });
  }

  async #placedRecords(): Promise<PlacedRecord[]> {
    const placed: PlacedRecord[] = [];
    for await (const mapping of this._ids()) {
      const damaged = (key: string): void => {
        const what = `The record of ${key} in the mapping ${JSON.stringify(mapping)}`;
        publishError(new DamagedError(what));
      };
      for await (const record of allRecords(this.#access, mapping, damaged)) {
        placed.push({ ...record, mapping });
      }
    }
    return placed;
  }

  async #evict(records: readonly PlacedRecord[]): Promise<void> {
    const byMapping = new Map<string, Change[]>();
    for (const { mapping, key, storedAt } of records) {
      const changes = byMapping.get(mapping) ?? [];
      changes.push({ kind: "evict", key, storedAt });
      byMapping.set(mapping, changes);
    }
    for (const [id, changes] of byMapping) await this.#write(id, changes);
  }
}
