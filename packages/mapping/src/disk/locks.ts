import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClosedError } from "../errors.ts";
import { HeldLease } from "../held-lease.ts";
import type { Lease } from "../lease.ts";
import { LeaseQueue } from "../lease-queue.ts";
import type { DiskCalls } from "./disk-calls.ts";
import { diskCalls } from "./disk-calls.ts";
import { makeFolder, remove } from "./file-system.ts";
import { ioError } from "./io-error.ts";
import { isStillAt, lockFile, openLockFile } from "./lock-file.ts";

/** Bounds the pause between two tries for a lock, and with it how late a death is noticed. */
const LONGEST_PAUSE_MS = 20;

/** Keeps apart names that are the same: of leases, of stores under upkeep, and of limits being kept. */
export type LockPurpose = "lease" | "store" | "limits";

/**
 * Exclusive locks by name among all processes that use one folder. They are the kernel's (open file
 * description locks), which gives them back when their holder dies, however it dies. Within the
 * process waiters queue, since one descriptor never excludes itself.
 */
export class Locks {
  readonly #folder: string;
  readonly #calls: DiskCalls;
  readonly #queue = new LeaseQueue();
  /** The common file in the folder. */
  #common: LockFile | undefined;
  /** Every lock file that is open. */
  readonly #files = new Set<LockFile>();
  readonly #end = new AbortController();

  /** @param folder made where there is none */
  constructor(folder: string, calls: DiskCalls = diskCalls) {
    this.#folder = folder;
    this.#calls = calls;
    // Any number of callers may wait.
    setMaxListeners(0, this.#end.signal);
  }

  /**
   * Waits for a lock without bound.
   *
   * @throws the signal's reason when it aborts first
   * @throws ClosedError when the locks are closed first
   */
  acquire(
    purpose: LockPurpose,
    name: string,
    options?: { signal?: AbortSignal | undefined; patience?: undefined },
  ): Promise<Lease>;
  /**
   * Waits for a lock for a while.
   *
   * @param options.patience milliseconds, from when nobody in this process has the lock; 0: one try, without a
   * wait for others of this process
   * @returns undefined when somebody else still holds the lock after that time
   * @throws the signal's reason when it aborts first
   * @throws ClosedError when the locks are closed first
   */
  acquire(
    purpose: LockPurpose,
    name: string,
    options: { signal?: AbortSignal | undefined; patience: number },
  ): Promise<Lease | undefined>;
  async acquire(
    purpose: LockPurpose,
    name: string,
    options: { signal?: AbortSignal | undefined; patience?: number | undefined } = {},
  ): Promise<Lease | undefined> {
    const { patience = Infinity } = options;
    const ends = this.#end.signal;
    const signal = options.signal === undefined ? ends : AbortSignal.any([options.signal, ends]);
    const key = `${purpose} ${name}`;
    if (patience === 0 && this.#queue.isHeld(key)) {
      signal.throwIfAborted();
      return undefined;
    }
    const turn = await this.#queue.acquire(key, signal);
    try {
      const unlock = await this.#lock(key, signal, patience);
      if (unlock !== undefined) return new HeldLease(name, unlock, turn);
    } catch (error) {
      await turn.release();
      throw error;
    }
    await turn.release();
    return undefined;
  }

  /** Gives all locks back, and rejects who waits for one. */
  close(): void {
    this.#end.abort(new ClosedError(`The store in ${this.#folder}`));
    for (const { fd } of this.#files) this.#close(fd);
    this.#files.clear();
  }

  async #lock(
    key: string,
    signal: AbortSignal,
    patience: number,
  ): Promise<(() => void) | undefined> {
    const deadline = performance.now() + patience;
    for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      // While this waited for its turn or slept, the locks may have been closed.
      signal.throwIfAborted();
      const unlock = this.#try(key);
      if (unlock !== undefined) return unlock;
      if (performance.now() + pause > deadline) return undefined;
      await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  #try(key: string): (() => void) | undefined {
    try {
      return wholeFilesOnly ? this.#tryFile(key) : this.#tryRange(key);
    } catch (error) {
      throw ioError("lock a file in", this.#folder, error);
    }
  }

  /** A byte of one common file, chosen by the key's hash. */
  #tryRange(key: string): (() => void) | undefined {
    const offset = digest(key).readUIntLE(0, 6);
    const path = join(this.#folder, "locks");
    this.#common ??= this.#open(path);
    const file = this.#common;
    const isLocked = this.#calls.tryLock(file.fd, offset, 1);
    let isInPlace = false;
    try {
      // Looked at afterwards: what was moved or removed before that excludes nobody.
      isInPlace = isStillAt(path, file.fd, this.#calls);
    } finally {
      if (!isInPlace) {
        if (isLocked) this.#calls.unlock(file.fd, offset, 1);
        this.#common = undefined;
        this.#leave(file);
      }
    }
    if (!isInPlace || !isLocked) return undefined;
    file.held += 1;
    return () => {
      if (!this.#files.has(file)) return;
      this.#calls.unlock(file.fd, offset, 1);
      file.held -= 1;
      if (file !== this.#common) this.#leave(file);
    };
  }

  /** A file of the key's own, removed by its last holder while still locked. */
  #tryFile(key: string): (() => void) | undefined {
    const folder = join(this.#folder, "lock-files");
    makeFolder(folder, this.#calls);
    const path = join(folder, digest(key).toString("hex"));
    const fd = lockFile(path, this.#calls);
    if (fd === undefined) return undefined;
    const file = this.#keep(fd);
    return () => {
      if (!this.#files.has(file)) return;
      try {
        if (isStillAt(path, fd, this.#calls)) remove(path, this.#calls);
      } finally {
        this.#leave(file);
      }
    };
  }

  #open(path: string): LockFile {
    makeFolder(this.#folder, this.#calls);
    return this.#keep(openLockFile(path, this.#calls));
  }

  #keep(fd: number): LockFile {
    const file = { fd, held: 0 };
    this.#files.add(file);
    return file;
  }

  /** Closes a file unless a lock on it is held. */
  #leave(file: LockFile): void {
    if (file.held > 0) return;
    this.#files.delete(file);
    this.#close(file.fd);
  }

  /** The system gives the locks back whatever the closing comes to. */
  #close(fd: number): void {
    try {
      this.#calls.closeSync(fd);
    } catch {
      // Nothing was written that could be lost.
    }
  }
}

interface LockFile {
  readonly fd: number;
  /** Locks held on it that end before the descriptor does. */
  held: number;
}

/** macOS has these locks for whole files alone. */
const wholeFilesOnly: boolean = process.platform === "darwin";

/** Hashed as UTF-16: two names that differ only in a lone surrogate are one in UTF-8. */
function digest(key: string): Buffer {
  return createHash("sha256").update(key, "utf16le").digest();
}
