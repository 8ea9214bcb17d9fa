/** For how long what changes may not be covered: to note each change would take as long as a small write. */
const NOTE_MS = 20;

/** The pause after a piece of work is so many times as long as that took, and the one before it. */
const REST = 20;

/** Has something done soon, once however often that is wanted. Nothing keeps the process alive for it. */
export class Soon {
  readonly #work: () => void;
  readonly #mayWork: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #pauseMs = NOTE_MS;
  #lastMs = 0;

  /** @param mayWork whether this is a moment for it; if not, it is done when it is wanted the next time */
  constructor(work: () => void, mayWork: () => boolean = () => true) {
    this.#work = work;
    this.#mayWork = mayWork;
  }

  want(): void {
    if (this.#isDue) return this.#tryNow();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tryNow();
    }, this.#pauseMs).unref();
  }

  /** Gives up what is wanted. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
  }

  /** Does what is wanted now. */
  finish(): void {
    if (this.#timer === undefined && !this.#isDue) return;
    this.end();
    this.#work();
  }

  #tryNow(): void {
    this.#isDue = !this.#mayWork();
    if (this.#isDue) return;
    const start = performance.now();
    this.#work();
    const took = performance.now() - start;
    // Once, it may have been the system that had others work meanwhile.
    this.#pauseMs = Math.max(NOTE_MS, REST * Math.min(took, this.#lastMs));
    this.#lastMs = took;
  }
}
