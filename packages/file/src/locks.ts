import { createHash } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, openSync, statSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lease } from "@class-cache/mapping";
import { LeaseQueue, StoreError, UnsupportedRuntimeError } from "@class-cache/mapping";
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
  #fd: number | undefined;

  /** @param folder exists by the time of the first lock */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param kind keeps names of different purposes apart
   * @param patience milliseconds to wait; 0: one try. Default: no bound.
   * @returns undefined when somebody else still holds the lock after that time
   * @throws the signal's reason when it aborts first
   */
  async acquire(
    kind: string,
    name: string,
    options: { signal?: AbortSignal | undefined; patience?: number } = {},
  ): Promise<Lease | undefined> {
    const { signal, patience = Infinity } = options;
    const turn = await this.#queue.acquire(`${kind} ${name}`, signal);
    try {
      const unlock = await this.#lock(`${kind} ${name}`, signal, patience);
      if (unlock === undefined) {
        await turn.release();
        return undefined;
      }
      return new FileLease(name, turn, unlock);
    } catch (error) {
      await turn.release();
      throw error;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  async #lock(
    name: string,
    signal: AbortSignal | undefined,
    patience: number,
  ): Promise<(() => void) | undefined> {
    const deadline = performance.now() + patience;
    for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const unlock = wholeFilesOnly ? this.#tryFile(name) : this.#tryRange(name);
      if (unlock !== undefined) return unlock;
      if (performance.now() + pause > deadline) return undefined;
      await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** A byte of one common file, chosen by the name's hash. */
  #tryRange(name: string): (() => void) | undefined {
    const digest = createHash("sha256").update(name).digest();
    const offset = digest.readUIntLE(0, 6);
    this.#fd ??= open(join(this.#folder, "locks"));
    const fd = this.#fd;
    if (!nativeLocks().tryLock(fd, offset, 1)) return undefined;
    return () => {
      if (this.#fd === fd) nativeLocks().unlock(fd, offset, 1);
    };
  }

  /** A file of the name's own, removed by its last holder while still locked. */
  #tryFile(name: string): (() => void) | undefined {
    const folder = join(this.#folder, "lock-files");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, createHash("sha256").update(name).digest("hex"));
    const fd = open(path);
    if (!nativeLocks().tryLock(fd) || fstatSync(fd).ino !== inodeOf(path)) {
      closeSync(fd);
      return undefined;
    }
    return () => {
      unlinkSync(path);
      closeSync(fd);
    };
  }
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

function open(path: string): number {
  try {
    return openSync(path, "a+", 0o600);
  } catch (error) {
    throw ioError("open the lock file", path, error);
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch (error) {
    if (ioCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
