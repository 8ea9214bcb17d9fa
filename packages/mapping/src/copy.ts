import type { Awaitable } from "./awaitable.ts";
import type { Backend } from "./backend.ts";
import { isBookkeeping } from "./bookkeeping.ts";
import { checkFunction, checkSignal } from "./check-option.ts";
import { OptionError, UnstorableError } from "./errors.ts";
import type { Key } from "./key.ts";
import { encodeKey } from "./key.ts";
import type { Entry, MutableMapping, RecordInfo } from "./mutable-mapping.ts";

/** How `copy()` goes about it. */
export interface CopyOptions {
  /** So many entries at most are read, and then written, together. Default: 256. */
  readonly batchSize?: number | undefined;
  /**
   * Whether entries that are in `to` already are replaced. Default: true. With false, each batch is
   * written without the keys that `to` has when the batch's turn comes; an entry that someone else
   * writes to `to` between that look and the write of the same batch is replaced all the same.
   */
  readonly overwrite?: boolean | undefined;
  /** Stops the copy before its next batch; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called, and waited for, after each batch. What it throws stops the copy, which rejects with it. */
  readonly onProgress?: ((progress: CopyProgress) => Awaitable<void>) | undefined;
}

/** How far the copy of one mapping is. */
export interface CopyProgress {
  /** The id of the mapping that is read. */
  readonly id: string;
  /** Entries of it that have been copied. */
  readonly entries: number;
  /** Entries of it that have been passed over, for the reasons that `CopyReport` names. */
  readonly skipped: number;
  /** Entries that it had when its copy began; writes by others meanwhile do not change it. */
  readonly total: number;
  /** Bytes of the copied values, as they were encoded in `from`. */
  readonly bytes: number;
}

/** What `copy()` did. */
export interface CopyReport {
  /** Mappings read, the empty ones included. */
  readonly mappings: number;
  /** Entries copied. */
  readonly entries: number;
  /** Bytes of the copied values, as they were encoded in `from`. */
  readonly bytes: number;
  /**
   * Entries passed over: listed, but deleted or expired when they were to be read; unreadable, which
   * the mapping reports as with every read; or, with `overwrite: false`, there already.
   */
  readonly skipped: number;
}

const BATCH_SIZE = 256;

/** A batch ends with the entry before this many bytes of encoded values. One entry may have more. */
const BATCH_BYTES: number = 4 * 1024 * 1024;

/**
 * Copies the entries of a mapping to another mapping: keys, values, expiry and cost. They count as
 * stored at the time of the copy. `to` keeps what else it has, and its limits.
 *
 * Only one batch of values is in memory at a time. Both mappings may be in use: entries that are
 * there throughout are copied, those written or deleted meanwhile may be or not. When the copy
 * rejects, what was copied before stays, and nothing is written any more.
 *
 * @throws OptionError unless both are mappings and not the same object, or both backends
 * @throws UnstorableError when the codec of `to` refuses a value; the message names the key
 * @throws whatever the mappings, the signal or `onProgress` throw
 */
export function copy<K extends Key, V>(
  from: MutableMapping<K, V>,
  to: MutableMapping<K, V>,
  options?: CopyOptions,
): Promise<CopyReport>;
/**
 * Copies every mapping of a backend, one after the other, to the mapping with the same id in another
 * backend, as `copy()` of two mappings does.
 *
 * All are opened with the codecs of their backends. Copy a mapping that was written with a codec of
 * its own by itself: its entries are unreadable here, and skipped.
 *
 * What class-cache itself keeps in a backend, such as what was invalidated, is copied to one that has
 * none of it. One that has loses it: what is in the memory of processes is looked up again, and results
 * that have tags are computed again.
 */
export function copy(from: Backend, to: Backend, options?: CopyOptions): Promise<CopyReport>;
export async function copy(from: Side, to: Side, options: CopyOptions = {}): Promise<CopyReport> {
  checkOptions(options);
  if (!isBackend(from) && !isMapping(from)) {
    throw new OptionError("copy.from", "a mapping or a backend", from);
  }
  if (from === to) throw new OptionError("copy.to", "another object than copy.from", to);
  const sum = { mappings: 0, entries: 0, bytes: 0, skipped: 0 };
  if (isBackend(from)) {
    // What was invalidated here and what was there cannot be counted as one.
    const inUse: string[] = [];
    if (!isBackend(to)) throw new OptionError("copy.to", "a backend, as copy.from is", to);
    options.signal?.throwIfAborted();
    for await (const id of from.ids()) {
      const source = from.open(id);
      const target = to.open(id);
      try {
        if (isBookkeeping(id) && (await target.size()) > 0) inUse.push(id);
        else await copyMapping(source, target, options, sum);
      } finally {
        await Promise.all([source.close(), target.close()]);
      }
    }
    for (const id of inUse) await to.drop(id);
  } else {
    if (!isMapping(to)) throw new OptionError("copy.to", "a mapping, as copy.from is", to);
    options.signal?.throwIfAborted();
    await copyMapping(from, to, options, sum);
  }
  return sum;
}

type Mapping = MutableMapping<Key, unknown>;
type Side = Backend | Mapping;

/** What has been done so far. */
interface Tally {
  entries: number;
  bytes: number;
  skipped: number;
}

async function copyMapping(
  from: Mapping,
  to: Mapping,
  options: CopyOptions,
  sum: Tally & { mappings: number },
): Promise<void> {
  const { batchSize = BATCH_SIZE, overwrite = true, signal, onProgress } = options;
  const total = onProgress === undefined ? 0 : await from.size();
  const done: Tally = { entries: 0, bytes: 0, skipped: 0 };
  sum.mappings += 1;
  for await (const batch of batches(from.records(), batchSize)) {
    signal?.throwIfAborted();
    const wanted = overwrite ? batch : await missing(to, batch);
    const copied = await copyBatch(from, to, wanted);
    for (const tally of [done, sum]) {
      tally.entries += copied.entries;
      tally.bytes += copied.bytes;
      tally.skipped += batch.length - copied.entries;
    }
    await onProgress?.({ id: from.id, ...done, total });
  }
}

async function copyBatch(
  from: Mapping,
  to: Mapping,
  batch: readonly RecordInfo<Key>[],
): Promise<Omit<Tally, "skipped">> {
  const found = await Promise.all(batch.map(({ key }) => from.lookup(key)));
  const copied = { entries: 0, bytes: 0 };
  const writes: Promise<void>[] = [];
  for (const [index, { key, bytes }] of batch.entries()) {
    const entry = found[index];
    if (entry === undefined) continue;
    copied.entries += 1;
    copied.bytes += bytes;
    // Writes asked for in one tick cost a backend little more than one.
    writes.push(write(to, key, entry));
  }
  // All have to be over before the copy may reject.
  for (const result of await Promise.allSettled(writes)) {
    if (result.status === "rejected") throw result.reason;
  }
  return copied;
}

async function write(to: Mapping, key: Key, entry: Entry<unknown>): Promise<void> {
  try {
    await to.set(key, entry.value, { expiresAt: entry.expiresAt, cost: entry.cost });
  } catch (cause) {
    if (!(cause instanceof UnstorableError)) throw cause;
    const what = `in the entry ${encodeKey(key)} of the mapping ${JSON.stringify(to.id)}`;
    throw new UnstorableError(cause.path, what, cause.message, entry.value, { cause });
  }
}

async function missing(to: Mapping, batch: readonly RecordInfo<Key>[]): Promise<RecordInfo<Key>[]> {
  const present = await to.hasMany(batch.map(({ key }) => key));
  return batch.filter((_, index) => !present[index]);
}

async function* batches(
  records: AsyncIterable<RecordInfo<Key>>,
  batchSize: number,
): AsyncIterable<RecordInfo<Key>[]> {
  let batch: RecordInfo<Key>[] = [];
  let bytes = 0;
  for await (const record of records) {
    if (batch.length === batchSize || (batch.length > 0 && bytes + record.bytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += record.bytes;
  }
  if (batch.length > 0) yield batch;
}

function checkOptions({ batchSize, overwrite, signal, onProgress }: CopyOptions): void {
  if (batchSize !== undefined && !(Number.isSafeInteger(batchSize) && batchSize > 0)) {
    throw new OptionError("copy.batchSize", "a whole number above 0", batchSize);
  }
  if (overwrite !== undefined && typeof overwrite !== "boolean") {
    throw new OptionError("copy.overwrite", "true or false", overwrite);
  }
  checkSignal(signal, "copy.signal");
  checkFunction(onProgress, "copy.onProgress");
}

function isBackend(side: Side): side is Backend {
  const { open, ids } = (side ?? {}) as Partial<Backend>;
  return typeof open === "function" && typeof ids === "function";
}

function isMapping(side: Side): side is Mapping {
  const { records, lookup, set } = (side ?? {}) as Partial<Mapping>;
  return typeof records === "function" && typeof lookup === "function" && typeof set === "function";
}
