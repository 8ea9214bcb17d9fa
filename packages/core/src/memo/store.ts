import { types } from "node:util";
import type {
  Backend,
  Clock,
  Entry,
  MutableMapping,
  SetOptions,
  ValueCodec,
} from "@class-cache/mapping";
import { StoreError, structured, systemClock } from "@class-cache/mapping";
import { errorChannel } from "../options/channels.ts";
import {
  backendAtHand,
  configuredBackend,
  configuredClock,
  configuredOnError,
} from "../options/configure.ts";
import type { FailedOperation, ReportFailure } from "../options/failure.ts";
import type { Counters } from "../options/stats.ts";

/** What a store needs to know of the method whose results it keeps. */
export interface StoreOptions {
  /** The mapping's id. */
  readonly id: string;
  /** The method, for people. */
  readonly method: string;
  /** Undefined: as configured. */
  readonly backend: Backend | undefined;
  readonly onError: ReportFailure | undefined;
  readonly counters: Counters;
}

type Mapping = MutableMapping<string, unknown>;

/**
 * A method's mapping as its calls see it. What the backend cannot do is reported, and answered as if
 * nothing were stored; `mapping()` is for those who want to know.
 */
export class Store {
  readonly #configuredClock: Clock = configuredClock();
  readonly #options: StoreOptions;
  #backend: Backend | undefined;
  #opened: Mapping | undefined;
  #codec: ValueCodec | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** The clock that was configured, else the backend's own once that is known. */
  get clock(): Clock {
    const configured = this.#configuredClock;
    return configured === systemClock ? (this.#backend?.clock ?? configured) : configured;
  }

  async lookup(key: string): Promise<Entry<unknown> | undefined> {
    return this.spare("lookup", key, async () => (await this.mapping()).lookup(key));
  }

  /**
   * @returns whether it is stored
   * @throws UnstorableError for a value that would not come back as it is
   */
  async set(key: string, value: unknown, options: SetOptions): Promise<boolean> {
    const stored = await this.spare("store", key, async () => {
      await (await this.mapping()).set(key, value, options);
      return true;
    });
    return stored === true;
  }

  /** Whether the backend wants to know of results that were used from memory. */
  get wantsUses(): boolean {
    return this.#backend?.bounded === true && this.#opened?.touch !== undefined;
  }

  /** Tells the backend of results that were used from memory. */
  touch(uses: readonly (readonly [string, number])[]): void {
    const mapping = this.#opened;
    void this.spare("lookup", undefined, async () => mapping?.touch?.(uses));
  }

  /** The codec of the backend; the default one while that cannot be had. */
  async codec(): Promise<ValueCodec> {
    await this.spare("open", undefined, () => this.mapping());
    return (this.#codec ??= structured());
  }

  /** The same at once: of the default backend, which may have to be loaded first, it is the default one. */
  get codecAtOnce(): ValueCodec {
    const backend = this.#backend ?? this.#options.backend ?? backendAtHand();
    return this.#codec ?? backend?.codec ?? structured();
  }

  /** @throws what making the backend throws */
  async backend(): Promise<Backend> {
    this.#backend ??= this.#options.backend ?? (await configuredBackend());
    return this.#backend;
  }

  /** @throws what the backend throws */
  async mapping(): Promise<Mapping> {
    if (this.#opened !== undefined) return this.#opened;
    const backend = await this.backend();
    this.#codec = backend.codec ?? structured();
    this.#opened ??= backend.open<string, unknown>(this.#options.id, {
      clock: this.clock,
      onError: (error) => this.report(error, "read", undefined),
    });
    return this.#opened;
  }

  /**
   * What the attempt gives; where it fails that is reported, and undefined.
   *
   * @throws UnstorableError, which is no failure of the backend
   */
  async spare<T>(
    operation: FailedOperation,
    key: string | undefined,
    attempt: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await attempt();
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code === "ERR_UNSTORABLE") throw error;
      this.report(error, operation, key);
      return undefined;
    }
  }

  /** Tells of a failure that a caller was spared. */
  report(thrown: unknown, operation: FailedOperation, key: string | undefined): void {
    const error = asError(thrown);
    const { counters, method } = this.#options;
    counters.errors += 1;
    if (errorChannel.hasSubscribers) errorChannel.publish({ error, method, operation, key });
    const tell = this.#options.onError ?? configuredOnError();
    try {
      const told: unknown = tell?.(error, { method, operation, key });
      if (types.isPromise(told)) told.catch(() => undefined);
    } catch {
      // Whoever is told of a failure must not add one to the call, nor later.
    }
  }
}

function asError(thrown: unknown): Error {
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  return new StoreError("The backend threw something that is no error.", { cause: thrown });
}
