/**
 * Backends that are wrong in a way that one process alone does not see. As the module of child
 * processes it is named with the fault: `faulty-backends.ts?fault=<name>`.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  BaseMapping,
  Capabilities,
  Key,
  Lease,
  MappingSettings,
  StoredEntry,
} from "@class-cache/mapping";
import { HeldLease, LeaseQueue } from "@class-cache/mapping";
import type { Content, OneFileOptions } from "./one-file-backend.ts";
import { OneFileBackend, OneFileMapping } from "./one-file-backend.ts";

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

class RemembersWhatItRead extends OneFileBackend {
  readonly #known = new Map<string, Content | undefined>();

  override read(path: string): Content | undefined {
    if (!this.#known.has(path)) this.#known.set(path, super.read(path));
    return this.#known.get(path);
  }

  override write(entry: Content): void {
    this.#known.set(this.pathOf(entry.id, entry.key), entry);
    super.write(entry);
  }

  override remove(entry: Content): void {
    this.#known.delete(this.pathOf(entry.id, entry.key));
    super.remove(entry);
  }
}

class RemembersForAWhile extends OneFileBackend {
  readonly #known = new Map<string, { content: Content | undefined; at: number }>();

  override read(path: string): Content | undefined {
    const known = this.#known.get(path);
    if (known !== undefined && performance.now() - known.at < 100) return known.content;
    const content = super.read(path);
    this.#known.set(path, { content, at: performance.now() });
    return content;
  }

  override write(entry: Content): void {
    this.#known.delete(this.pathOf(entry.id, entry.key));
    super.write(entry);
  }

  override remove(entry: Content): void {
    this.#known.delete(this.pathOf(entry.id, entry.key));
    super.remove(entry);
  }
}

class WritesInPlace extends OneFileBackend {
  override replace(path: string, bytes: Buffer): void {
    const half = bytes.length >> 1;
    writeFileSync(path, bytes.subarray(0, half));
    pause(5);
    appendFileSync(path, bytes.subarray(half));
  }

  override isSound(): boolean {
    return true;
  }
}

class AcknowledgesBeforeItWrites extends OneFileBackend {
  readonly #unwritten = new Map<string, Content>();

  override write(entry: Content): void {
    const path = this.pathOf(entry.id, entry.key);
    this.#unwritten.set(path, entry);
    setTimeout(() => {
      if (this.#unwritten.get(path) !== entry) return;
      this.#unwritten.delete(path);
      super.write(entry);
    }, 10);
  }

  override read(path: string): Content | undefined {
    return this.#unwritten.get(path) ?? super.read(path);
  }

  override remove(entry: Content): void {
    this.#unwritten.delete(this.pathOf(entry.id, entry.key));
    super.remove(entry);
  }
}

class WritesToOneTemporaryFile extends OneFileBackend {
  override async alone<T>(work: () => T): Promise<T> {
    return work();
  }

  override replace(path: string, bytes: Buffer): void {
    const fresh = join(this.folder, "fresh");
    writeFileSync(fresh, bytes);
    renameSync(fresh, path);
  }
}

class LooksBeforeItMakesAFolder extends OneFileBackend {
  override makeFolder(path: string): void {
    mkdirSync(this.folder, { recursive: true });
    if (existsSync(path)) return;
    pause(50);
    mkdirSync(path);
  }
}

class ForgetsCostAndExpiry extends OneFileBackend {
  override write({ id, key, value, storedAt }: Content): void {
    super.write({ id, key, value, storedAt, cost: undefined, expiresAt: undefined });
  }
}

class LimitsItself extends OneFileBackend {
  readonly #own = new Set<string>();

  override write(entry: Content): void {
    this.#own.add(this.pathOf(entry.id, entry.key));
    super.write(entry);
  }

  override *entries(id?: string): Generator<Content> {
    for (const entry of super.entries(id)) {
      if (id !== undefined || this.#own.has(this.pathOf(entry.id, entry.key))) yield entry;
    }
  }
}

class LeasesWithinItsProcess extends OneFileBackend {
  readonly #queue = new LeaseQueue();

  protected override _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    return this.#queue.acquire(name, signal);
  }
}

class LeasesBeyondDeath extends OneFileBackend {
  protected override async _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    const path = this.pathOf("lease", name);
    for (;;) {
      try {
        writeFileSync(`${path}.lease`, "", { flag: "wx" });
        return new HeldLease(name, () => rmSync(`${path}.lease`));
      } catch (error) {
        // Once the store is gone, nobody waits any more.
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        await sleep(2, undefined, { signal }).catch(() => signal?.throwIfAborted());
      }
    }
  }
}

class NeverGivesUp extends OneFileBackend {
  protected override _lease(name: string): Promise<Lease> {
    return super._lease(name, undefined);
  }
}

class TidiesUp extends OneFileBackend {
  constructor(options: OneFileOptions) {
    super(options);
    for (const name of readdirSync(this.folder)) {
      if (name !== "entries" && name !== "locks")
        rmSync(join(this.folder, name), { recursive: true });
    }
  }
}

class BelievesEveryByte extends OneFileBackend {
  override isSound(): boolean {
    return true;
  }
}

class DeclaresBulkAtomic extends OneFileBackend {
  override readonly supports: Capabilities = {
    permanence: true,
    sharedAccess: true,
    snapshots: true,
    atomicBulk: true,
    cheapRecords: false,
    durableWrites: false,
  };
}

class LooksBeforeItSets<K extends Key, V> extends OneFileMapping<K, V> {
  protected override async _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    const present = this._lookup(key);
    if (present === undefined) await this._set(key, entry);
    return present;
  }
}

class SetsDefaultsInTwoSteps extends OneFileBackend {
  protected override _open<K extends Key, V>(
    id: string,
    settings: MappingSettings,
  ): BaseMapping<K, V> {
    return new LooksBeforeItSets<K, V>(this, id, settings);
  }
}

class ClearsAfterwards<K extends Key, V> extends OneFileMapping<K, V> {
  protected override async _clear(): Promise<void> {
    setTimeout(() => void super._clear().catch(() => {}), 5);
  }
}

class ClearsLater extends OneFileBackend {
  protected override _open<K extends Key, V>(
    id: string,
    settings: MappingSettings,
  ): BaseMapping<K, V> {
    return new ClearsAfterwards<K, V>(this, id, settings);
  }
}

/** Each by what is wrong with it. */
export const faults: Readonly<Record<string, new (options: OneFileOptions) => OneFileBackend>> = {
  "remembers what it read": RemembersWhatItRead,
  "remembers what it read for a while": RemembersForAWhile,
  "writes in place": WritesInPlace,
  "acknowledges before it writes": AcknowledgesBeforeItWrites,
  "writes to one temporary file": WritesToOneTemporaryFile,
  "looks before it makes a folder": LooksBeforeItMakesAFolder,
  "forgets cost and expiry": ForgetsCostAndExpiry,
  "limits each process by itself": LimitsItself,
  "leases within its process": LeasesWithinItsProcess,
  "leases beyond death": LeasesBeyondDeath,
  "never gives up waiting": NeverGivesUp,
  "tidies up what it does not know": TidiesUp,
  "believes every byte": BelievesEveryByte,
  "declares bulk writes atomic": DeclaresBulkAtomic,
  "looks before it sets a default": SetsDefaultsInTwoSteps,
  "clears later": ClearsLater,
};

const chosen = new URL(import.meta.url).searchParams.get("fault") ?? "";

export function backend(options: OneFileOptions): OneFileBackend {
  return new (faults[chosen] ?? OneFileBackend)(options);
}
