import type { Awaitable } from "./awaitable.ts";
import type { Backend, BackendOptions, OpenOptions } from "./backend.ts";
import type { BaseMapping } from "./base-mapping.ts";
import { checkOptions, checkSignal } from "./check-option.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Clock } from "./clock.ts";
import type { ValueCodec } from "./codec/codec.ts";
import { ClosedError, OptionError } from "./errors.ts";
import { inspectEntries } from "./inspection/inspect-entries.ts";
import type { Inspection } from "./inspection/inspection.ts";
import type { Key } from "./key.ts";
import type { Lease, LeaseOptions } from "./lease.ts";
import type { MutableMapping } from "./mutable-mapping.ts";
import type { BackendSettings, Lifetime, MappingSettings } from "./settings.ts";
import { backendSettings, mappingSettings } from "./settings.ts";

const LONG_MS = 2 ** 30;

/**
 * What every backend builds on: it checks ids and names, and ends its mappings with itself. A backend fills the underscored hooks, which are never called after `close()`.
 */
export abstract class BaseBackend implements Backend {
  abstract readonly supports: Capabilities;
  protected readonly settings: BackendSettings;
  /** Shared with every mapping opened from here: their life ends with this backend's. */
  readonly #lifetime: Lifetime = { ended: false };
  #closed: Promise<void> | undefined;

  /** @param where the name of the backend's factory, for errors about options */
  constructor(options: BackendOptions, where: string = "backend") {
    this.settings = backendSettings(options, where);
  }

  protected abstract _open<K extends Key, V>(
    id: string,
    settings: MappingSettings,
  ): BaseMapping<K, V>;
  protected abstract _ids(): AsyncIterable<string> | Iterable<string>;
  protected abstract _drop(id: string): Awaitable<boolean>;
  protected abstract _lease(name: string, signal: AbortSignal | undefined): Promise<Lease>;
  /** Inspects all that is stored, down to its bytes where it can. Default: reads every entry. */
  protected _inspect(inspection: Inspection): Promise<void> {
    return inspectEntries(this, inspection);
  }
  protected _close(): Awaitable<void> {}

  get bounded(): boolean {
    return this.settings.eviction?.uses !== undefined;
  }

  get codec(): ValueCodec {
    return this.settings.codec;
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  open<K extends Key, V>(id: string, options: OpenOptions = {}): MutableMapping<K, V> {
    this.#checkOpen();
    checkText(id, "open(id)");
    return this._open<K, V>(id, mappingSettings(this.settings, options, this.#lifetime));
  }

  async *ids(): AsyncIterableIterator<string> {
    this.#checkOpen();
    yield* this._ids();
  }

  async drop(id: string): Promise<boolean> {
    this.#checkOpen();
    return this._drop(checkText(id, "drop(id)"));
  }

  async lease(name: string, options: LeaseOptions = {}): Promise<Lease> {
    this.#checkOpen();
    checkText(name, "lease(name)");
    const signal = checkSignal(
      checkOptions(options, "lease(name, options)").signal,
      "lease.signal",
    );
    signal?.throwIfAborted();
    const granted = this._lease(name, signal);
    return signal === undefined ? granted : keepingAlive(granted);
  }

  async inspect(inspection: Inspection): Promise<void> {
    this.#checkOpen();
    await this._inspect(inspection);
  }

  close(): Promise<void> {
    this.#lifetime.ended = true;
    this.#closed ??= (async () => this._close())();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#lifetime.ended) throw new ClosedError(`The backend ${this.constructor.name}`);
  }
}

/** The timer of `AbortSignal.timeout` does not keep a process alive that waits for nothing else. */
async function keepingAlive<T>(waiting: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONG_MS);
  try {
    return await waiting;
  } finally {
    clearInterval(timer);
  }
}

function checkText(text: string, name: string): string {
  if (typeof text !== "string") throw new OptionError(name, "a string", text);
  return text;
}
