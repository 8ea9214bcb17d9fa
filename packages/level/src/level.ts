import { join } from "node:path";
import type {
  BackendOptions,
  BaseMapping,
  Capabilities,
  Eviction,
  Holdings,
  Inspection,
  Key,
  Lease,
  MappingSettings,
} from "@class-cache/mapping";
import {
  BaseBackend,
  Budget,
  cacheFolder,
  isBookkeeping,
  OptionError,
  publishError,
} from "@class-cache/mapping";
import { checkPath, Locks } from "@class-cache/mapping/disk";
import { Access } from "./access.ts";
import { inspectStore } from "./inspect-store.ts";
import { LevelMapping } from "./level-mapping.ts";
import type { Change } from "./requests.ts";
import { ToldUses } from "./told-uses.ts";

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
  readonly #uses: ToldUses | undefined;

  constructor(options: LevelOptions = {}) {
    super(options, "level");
    const { dir = join(cacheFolder(), "level"), timeout = DEFAULT_TIMEOUT_MS } = options;
    if (typeof timeout !== "number" || !(timeout >= 1 && timeout <= LONGEST_TIMEOUT_MS)) {
      throw new OptionError("level.timeout", "milliseconds from 1 to 300,000", timeout);
    }
    this.dir = checkPath(dir, "level.dir", "a folder");
    this.#access = new Access(this.dir, timeout);
    this.#locks = new Locks(this.dir);
    const { eviction } = this.settings;
    if (eviction?.limits === undefined) return;
    const keep = (): Promise<Holdings> => this.#keep(eviction);
    this.#budget = new Budget(eviction.limits, keep);
    if (eviction.uses === undefined) return;
    this.#uses = new ToldUses(() => void keep().catch(publishError));
  }

  protected _open<K extends Key, V>(id: string, settings: MappingSettings): BaseMapping<K, V> {
    const counts = !isBookkeeping(id);
    const budget = counts ? this.#budget : undefined;
    const uses = counts ? this.#uses?.of(id) : undefined;
    return new LevelMapping<K, V>(id, settings, this.#access, budget, uses);
  }

  protected async *_ids(): AsyncIterableIterator<string> {
    yield* await this.#access.perform<"ids">({ kind: "ids" });
  }

  protected async _drop(id: string): Promise<boolean> {
    return (await this.#write(id, [{ kind: "drop" }])) > 0;
  }

  protected async _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    return this.#locks.acquire("lease", name, { signal });
  }

  protected override _inspect(inspection: Inspection): Promise<void> {
    return inspectStore(this.dir, this.#access, inspection);
  }

  protected override async _close(): Promise<void> {
    this.#locks.close();
    await this.#access.close();
  }

  #write(id: string, changes: readonly Change[]): Promise<number> {
    return this.#access.perform<"write">({ kind: "write", id, changes });
  }

  #keep({ limits, policy }: Eviction): Promise<Holdings> {
    const { maxBytes = Infinity, maxEntries = Infinity } = limits ?? {};
    return this.#access.perform<"keep">({
      kind: "keep",
      limits: { maxBytes, maxEntries, eviction: policy },
      uses: this.#uses?.take() ?? [],
      now: this.settings.clock.now(),
    });
  }
}
