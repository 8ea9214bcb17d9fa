import { join } from "node:path";
import type {
  BackendOptions,
  BaseMapping,
  Capabilities,
  Inspection,
  Key,
  Lease,
  MappingSettings,
} from "@class-cache/mapping";
import {
  BaseBackend,
  BOOKKEEPING_PREFIX,
  cacheFolder,
  DamagedError,
  Eviction,
  OptionError,
  publishError,
} from "@class-cache/mapping";
import { checkPath } from "@class-cache/mapping/disk";
import { closeAll, Connection } from "./connection.ts";
import type { Synchronous } from "./database-file.ts";
import { targetOf } from "./database-file.ts";
import { inspectDatabase } from "./inspect-database.ts";
import { Leases } from "./leases.ts";
import { Limits } from "./limits.ts";
import { Reading } from "./reading.ts";
import type { Mending } from "./rescue.ts";
import { Rescue } from "./rescue.ts";
import type { Shared } from "./sqlite-mapping.ts";
import { SqliteMapping } from "./sqlite-mapping.ts";
import { Table } from "./table.ts";
import { Touches } from "./touches.ts";
import { WriteBatch } from "./write-batch.ts";

export interface SqliteOptions extends BackendOptions {
  /**
   * The database file; made when the first entry is written. Default: `cache.sqlite` in
   * `$XDG_CACHE_HOME/class-cache`, else in `class-cache` in the platform's folder for caches.
   * A link to a file is followed when the backend is made.
   */
  readonly path?: string | undefined;
  /**
   * When a write is acknowledged. `"normal"` (default) and `"off"`: when the operating system has it,
   * so that it outlives the process; a loss of power may cost the newest entries, and with `"off"`
   * the store. `"full"`: when the device has it.
   */
  readonly synchronous?: Synchronous | undefined;
  /**
   * Milliseconds to wait while other processes keep the file locked; then the operation rejects with
   * a `StoreError`. The process does other work meanwhile. Default: 10,000.
   */
  readonly busyTimeout?: number | undefined;
}

const REPAIR_LEASE = `${BOOKKEEPING_PREFIX}repair`;
const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/**
 * A backend in one SQLite file, shared by any number of processes of the machine.
 *
 * @throws OptionError when an option is not of its form
 */
export function sqlite(options: SqliteOptions = {}): SqliteBackend {
  return new SqliteBackend(options);
}

/** The backend that `sqlite()` makes. */
export class SqliteBackend extends BaseBackend {
  readonly supports: Capabilities = {
    permanence: true,
    sharedAccess: true,
    snapshots: true,
    atomicBulk: true,
    cheapRecords: true,
    durableWrites: true,
  };
  /** The database file, or a link to it. */
  readonly path: string;
  readonly #file: string;
  readonly #shared: Shared;
  readonly #leases: Leases;
  readonly #busyTimeout: number;

  constructor(options: SqliteOptions = {}) {
    super(options, "sqlite");
    const { path, synchronous, busyTimeout } = checked(options);
    this.path = path;
    const file = targetOf(path);
    this.#file = file;
    this.#busyTimeout = busyTimeout;
    const connection = new Connection(file, synchronous);
    const eviction = this.settings.eviction ?? new Eviction({}, "sqlite", () => 0);
    const { clock } = this.settings;
    const touches = eviction.uses && new Touches(() => clock.now());
    const limits = new Limits(eviction, touches, clock);
    const leases = new Leases(`${file}-leases`);
    const rescue = new Rescue(connection, busyTimeout, (signal) =>
      leases.acquire(REPAIR_LEASE, signal),
    );
    const mend = (error: Error): Promise<Mending> => rescue.mend(error, publishError);
    this.#shared = {
      connection,
      reading: new Reading(file, busyTimeout),
      batch: new WriteBatch(connection, busyTimeout, limits, mend),
      rescue,
      touches,
    };
    if (touches !== undefined) {
      // The transaction itself is all that is wanted: it writes them.
      touches.onFull = () => void this.#shared.batch.add(() => {}).catch(publishError);
    }
    this.#leases = leases;
  }

  protected _open<K extends Key, V>(id: string, settings: MappingSettings): BaseMapping<K, V> {
    return new SqliteMapping<K, V>(id, settings, this.#shared);
  }

  protected async *_ids(): AsyncIterable<string> {
    const { batch, connection, reading, rescue } = this.#shared;
    await batch.settle();
    const read = (): string[] => connection.existing()?.mappings.ids(publishError) ?? [];
    let ids: string[];
    try {
      ids = await reading.run(read);
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      const { isDone, obstacle } = await rescue.mend(error, publishError);
      if (!isDone) throw obstacle ?? error;
      ids = await reading.run(read);
    }
    yield* ids;
  }

  protected _drop(id: string): Promise<boolean> {
    return this.#shared.batch.add((store) => new Table(id).drop(store));
  }

  protected _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    return this.#leases.acquire(name, signal);
  }

  protected override async _inspect(inspection: Inspection): Promise<void> {
    await this.#shared.batch.settle();
    // One repair at a time: what is written between two must not be taken for what was before them.
    const lease = inspection.mends
      ? await this.#leases.acquire(REPAIR_LEASE, inspection.signal)
      : undefined;
    try {
      const release = (): void => closeAll(this.#file);
      await inspectDatabase(this.#file, this.#busyTimeout, inspection, release);
    } finally {
      await lease?.release();
    }
  }

  protected override async _close(): Promise<void> {
    await this.#shared.batch.settle();
    await this.#shared.rescue.idle();
    this.#shared.connection.close();
    this.#leases.close();
  }
}

interface Checked {
  readonly path: string;
  readonly synchronous: Synchronous;
  readonly busyTimeout: number;
}

function checked(options: SqliteOptions): Checked {
  const { path = join(cacheFolder(), "cache.sqlite"), synchronous = "normal" } = options;
  const { busyTimeout = DEFAULT_BUSY_TIMEOUT_MS } = options;
  if (path === ":memory:") {
    throw new OptionError("sqlite.path", "the path of a file; use memory() to keep none", path);
  }
  if (synchronous !== "normal" && synchronous !== "full" && synchronous !== "off") {
    throw new OptionError("sqlite.synchronous", '"normal", "full" or "off"', synchronous);
  }
  if (typeof busyTimeout !== "number" || !(busyTimeout >= 0)) {
    throw new OptionError("sqlite.busyTimeout", "a number of milliseconds from 0", busyTimeout);
  }
  return { path: checkPath(path, "sqlite.path", "a file"), synchronous, busyTimeout };
}
