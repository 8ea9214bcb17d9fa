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

  /** Waits until nothing is under way, or that is of no interest any more. */
  async end(isOfInterest: () => boolean = () => true): Promise<void> {
    while (this.#operations.size > 0 && isOfInterest()) await Promise.allSettled(this.#operations);
  }
}
