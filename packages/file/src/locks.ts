import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lease } from "@class-cache/mapping";
import { ClosedError, LeaseQueue, StoreError, UnsupportedRuntimeError } from "@class-cache/mapping";
import { makeFolder, remove } from "./file-system.ts";
import { ioCode, ioError } from "./io-error.ts";

/** The part of `fs-native-extensions` that is used here. */
interface NativeLocks {
  tryLock(fd: number, offset?: number, length?: number): boolean;
  unlock(fd: number, offset?: number, length?: number): void;
}

/** Bounds the pause between two tries for a lock, and with it how late a death is noticed. */
const LONGEST_PAUSE_MS = 20;

let native: NativeLocks | undefined;

/** Loaded at the first lock: where the addon has no build, the rest of the package still loads. */
function nativeLocks(): NativeLocks {
  if (native === undefined) {
    try {
      native = createRequire(import.meta.url)("fs-native-extensions") as NativeLocks;
    } catch (cause) {
      throw new UnsupportedRuntimeError(
        "Kernel file locks are not available on this platform: fs-native-extensions has no build " +
          "for it. Use another backend, such as sqlite().",
        { cause },
      );
    }
  }
  return native;
}

/** Takes the whole file's lock for as long as the descriptor is open. @returns whether it was free */
export function tryLockFile(fd: number): boolean {
  return nativeLocks().tryLock(fd);
}

/**
 * Exclusive locks by name among all processes that use one folder. They are the kernel's (open file
 * description locks), which gives them back when their holder dies, however it dies. Within the
 * process waiters queue, since one descriptor never excludes itself.
 */
export class Locks {
  readonly #folder: string;
  readonly #queue = new LeaseQueue();
  /** The common file in the folder. */
  #common: LockFile | undefined;
  /** Every lock file that is open. */
  readonly #files = new Set<LockFile>();
  readonly #end = new AbortController();

  /** @param folder exists by the time of the first lock */
  constructor(folder: string) {
    this.#folder = folder;
    // Any number of callers may wait.
    setMaxListeners(0, this.#end.signal);
  }

  /**
   * @param kind keeps the names of different purposes apart
   * @param patience milliseconds to wait; 0: one try. Default: no bound.
   * @returns undefined when somebody else still holds the lock after that time
   * @throws the signal's reason when it aborts first
   * @throws ClosedError when the locks are closed first
   */
  async acquire(
    kind: "lease" | "store",
    name: string,
    options: { signal?: AbortSignal | undefined; patience?: number } = {},
  ): Promise<Lease | undefined> {
    const { patience = Infinity } = options;
    const ends = this.#end.signal;
    const signal = options.signal === undefined ? ends : AbortSignal.any([options.signal, ends]);
    const key = `${kind} ${name}`;
    const turn = await this.#queue.acquire(key, signal);
    try {
      const unlock = await this.#lock(key, signal, patience);
      if (unlock !== undefined) return new FileLease(name, turn, unlock);
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
    for (const { fd } of this.#files) closeSync(fd);
    this.#files.clear();
  }

  async #lock(
    key: string,
    signal: AbortSignal,
    patience: number,
  ): Promise<(() => void) | undefined> {
    const deadline = performance.now() + patience;
    for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const unlock = wholeFilesOnly ? this.#tryFile(key) : this.#tryRange(key);
      if (unlock !== undefined) return unlock;
      if (performance.now() + pause > deadline) return undefined;
      await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** A byte of one common file, chosen by the key's hash. */
  #tryRange(key: string): (() => void) | undefined {
    const offset = createHash("sha256").update(key).digest().readUIntLE(0, 6);
    // Whoever removed the file has others lock another one.
    if (this.#common !== undefined && fstatSync(this.#common.fd).nlink === 0) {
      this.#leave(this.#common);
      this.#common = undefined;
    }
    this.#common ??= this.#open(join(this.#folder, "locks"));
    const file = this.#common;
    if (!nativeLocks().tryLock(file.fd, offset, 1)) return undefined;
    file.held += 1;
    return () => {
      if (!this.#files.has(file)) return;
      nativeLocks().unlock(file.fd, offset, 1);
      file.held -= 1;
      if (file !== this.#common) this.#leave(file);
    };
  }

  /** A file of the key's own, removed by its last holder while still locked. */
  #tryFile(key: string): (() => void) | undefined {
    const folder = join(this.#folder, "lock-files");
    makeFolder(folder);
    const path = join(folder, createHash("sha256").update(key).digest("hex"));
    const file = this.#open(path);
    if (!nativeLocks().tryLock(file.fd) || fstatSync(file.fd).ino !== inodeOf(path)) {
      this.#leave(file);
      return undefined;
    }
    return () => {
      if (!this.#files.has(file)) return;
      remove(path);
      this.#leave(file);
    };
  }

  #open(path: string): LockFile {
    try {
      const file = { fd: openSync(path, "a+", 0o600), held: 0 };
      this.#files.add(file);
      return file;
    } catch (error) {
      throw ioError("open the lock file", path, error);
    }
  }

  /** Closes a file unless a lock on it is held. */
  #leave(file: LockFile): void {
    if (file.held > 0) return;
    this.#files.delete(file);
    closeSync(file.fd);
  }
}

interface LockFile {
  readonly fd: number;
  /** Locks held on it that end before the descriptor does. */
  held: number;
}

/** macOS has these locks for whole files alone. */
const wholeFilesOnly: boolean = process.platform === "darwin";

class FileLease implements Lease {
  readonly name: string;
  readonly #turn: Lease;
  #unlock: (() => void) | undefined;

  constructor(name: string, turn: Lease, unlock: () => void) {
    this.name = name;
    this.#turn = turn;
    this.#unlock = unlock;
  }

  async release(): Promise<void> {
    const unlock = this.#unlock;
    this.#unlock = undefined;
    try {
      unlock?.();
    } finally {
      await this.#turn.release();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** A lock that was not to be had in the time that upkeep may take: its holder hangs or is stopped. */
export function lockTimeout(what: string, patience: number): StoreError {
  return new StoreError(
    `Another process has held the lock of ${what} for over ${patience / 1000} s; it may be stopped.`,
  );
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch (error) {
    if (ioCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
