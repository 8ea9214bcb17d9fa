import type { Lease, MutableMapping } from "@class-cache/mapping";
import { bytesIn, storedBytes } from "./recording.ts";
import type { Store } from "../memo/store.ts";
import { framesIn } from "./stream-items.ts";

/** A chunk's key: the call's key, the run, and the chunk's number from 0. */
type ChunkKey = readonly [key: string, run: string, number: number];

/** A run's claim is free or it is held for long: there is no point in waiting. */
const CLAIM_MS = 100;
/** Sweeping again sooner finds little. */
const SWEEP_MS = 3_600_000;

/**
 * The parts of long recordings, in a mapping of their own beside the method's. A run holds a lease while
 * it records: chunks of a run that neither holds it nor is named by a recording are left-overs of a
 * process that died, and are swept.
 */
export class RecordingChunks {
  readonly #store: Store;
  readonly #id: string;
  #opened: MutableMapping<string[], unknown> | undefined;
  #asText: Promise<boolean> | undefined;
  #sweptAt = -Infinity;

  /** @param id of the mapping of the recordings */
  constructor(store: Store, id: string) {
    this.#store = store;
    this.#id = id;
  }

  /** Whether the backend's codec takes text only. */
  takesText(): Promise<boolean> {
    return (this.#asText ??= this.#probe());
  }

  /** Holds a run's chunks against sweeping; undefined where the backend fails, which is reported. */
  async claim(run: string): Promise<Lease | undefined> {
    return this.#store.spare("lease", undefined, async () =>
      (await this.#store.backend()).lease(claimName(run)),
    );
  }

  /** @returns whether it is stored */
  async write(
    [key, run, number]: ChunkKey,
    frames: readonly Uint8Array[],
    expiresAt: number | undefined,
  ): Promise<boolean> {
    try {
      const bytes = storedBytes(Buffer.concat(frames), await this.takesText());
      await (await this.#mapping()).set(keyOf(key, run, number), bytes, { expiresAt });
      return true;
    } catch (error) {
      this.#store.report(error, "store", key);
      return false;
    }
  }

  /** A chunk's frames; undefined when it is gone or damaged. */
  async read([key, run, number]: ChunkKey): Promise<Uint8Array[] | undefined> {
    return this.#store.spare("lookup", key, async () => {
      const entry = await (await this.#mapping()).lookup(keyOf(key, run, number));
      const bytes = entry === undefined ? undefined : bytesIn(entry.value);
      return bytes === undefined ? undefined : framesIn(bytes);
    });
  }

  /** Removes the first `count` chunks of a run. */
  async remove(key: string, run: string, count: number): Promise<void> {
    if (count === 0) return;
    const keys = Array.from({ length: count }, (_, number) => keyOf(key, run, number));
    await this.#store.spare("store", key, async () => (await this.#mapping()).deleteMany(keys));
  }

  /** Sweeps, unless that was done not long ago. */
  async sweepAtTimes(isNamed: (key: string, run: string) => Promise<boolean>): Promise<void> {
    if (performance.now() - this.#sweptAt < SWEEP_MS) return;
    await this.#store.spare("store", undefined, () => this.sweep(isNamed));
  }

  /**
   * Removes the chunks of all runs that are neither under way nor named by a recording.
   *
   * @param isNamed whether the recording of a call is the run's
   * @throws what the backend throws
   */
  async sweep(isNamed: (key: string, run: string) => Promise<boolean>): Promise<void> {
    this.#sweptAt = performance.now();
    const mapping = await this.#mapping();
    const keysByRun = new Map<string, string[][]>();
    for await (const key of mapping.keys()) {
      const run = String(key[1]);
      const keys = keysByRun.get(run);
      if (keys === undefined) keysByRun.set(run, [key]);
      else keys.push(key);
    }
    for (const [run, keys] of keysByRun) {
      // The claim first: it is given back only after the recording was stored.
      const claim = await this.#claimIfFree(run);
      if (claim === undefined) continue;
      try {
        if (!(await isNamed(String(keys[0]?.[0]), run))) await mapping.deleteMany(keys);
      } finally {
        await claim.release();
      }
    }
  }

  async #claimIfFree(run: string): Promise<Lease | undefined> {
    const signal = AbortSignal.timeout(CLAIM_MS);
    try {
      return await (await this.#store.backend()).lease(claimName(run), { signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  async #mapping(): Promise<MutableMapping<string[], unknown>> {
    if (this.#opened !== undefined) return this.#opened;
    const backend = await this.#store.backend();
    this.#opened ??= backend.open<string[], unknown>(`~class-cache.chunks.${this.#id}`, {
      clock: this.#store.clock,
      onError: (error) => this.#store.report(error, "read", undefined),
    });
    return this.#opened;
  }

  async #probe(): Promise<boolean> {
    const codec = await this.#store.codec();
    try {
      await codec.encode(new Uint8Array(1), { id: this.#id, key: "" });
      return false;
    } catch {
      return true;
    }
  }
}

function keyOf(key: string, run: string, number: number): string[] {
  return [key, run, String(number)];
}

function claimName(run: string): string {
  return `record ${run}`;
}
