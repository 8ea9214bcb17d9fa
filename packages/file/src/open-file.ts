import { publishError } from "@class-cache/mapping";
import { ioError } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";

/**
 * A descriptor that the thread pool may be at. Closing it waits for that: the system would give the
 * number to another file, which the pool would then read or write.
 */
export class OpenFile {
  readonly fd: number;
  /** By which it was opened; it may have another by now. */
  readonly path: string;
  readonly #calls: FileCalls;
  #users = 0;
  #ended = false;

  constructor(calls: FileCalls, fd: number, path: string) {
    this.#calls = calls;
    this.fd = fd;
    this.path = path;
  }

  async use<R>(work: (fd: number) => Promise<R>): Promise<R> {
    this.#users += 1;
    try {
      return await work(this.fd);
    } finally {
      this.#users -= 1;
      if (this.#ended && this.#users === 0) this.#release();
    }
  }

  /** Closes the descriptor once nobody uses it. A second call does nothing. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#users === 0) this.#release();
  }

  /**
   * The same for a file that has lost its name: the thread pool does it, since giving back a file's
   * space takes the system milliseconds.
   */
  closeRemoved(): void {
    if (this.#ended) return;
    this.#ended = true;
    // Nothing can be lost by a file that nobody can open, so there is nobody to tell of a failure.
    if (this.#users === 0) this.#calls.close(this.fd, () => {});
  }

  /** A failure is reported: the descriptor is gone all the same, and whoever closes has more to do. */
  #release(): void {
    try {
      this.#calls.closeSync(this.fd);
    } catch (error) {
      publishError(ioError("close", this.path, error));
    }
  }
}
