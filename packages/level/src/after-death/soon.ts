/** For how long what changes may not be covered: to note each change would take as long as a small write. */
const NOTE_MS = 20;

/** Has something done soon, once however often that is wanted. Nothing keeps the process alive for it. */
export class Soon {
  readonly #work: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: () => void) {
    this.#work = work;
  }

  want(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#work();
    }, NOTE_MS).unref();
  }

  /** Gives up what is wanted. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Does what is wanted now. */
  finish(): void {
    if (this.#timer === undefined) return;
    this.end();
    this.#work();
  }
}
