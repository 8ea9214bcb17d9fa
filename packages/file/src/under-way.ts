/** Knows which operations have begun and not ended, so that what they use is not closed under them. */
export class UnderWay {
  readonly #operations = new Set<Promise<unknown>>();

  /** @returns what it is given */
  track<P>(operation: P): P {
    if (operation instanceof Promise) {
      const end = (): boolean => this.#operations.delete(operation);
      this.#operations.add(operation);
      operation.then(end, end);
    }
    return operation;
  }

  /** Waits until nothing is under way. */
  async end(): Promise<void> {
    while (this.#operations.size > 0) await Promise.allSettled(this.#operations);
  }
}
