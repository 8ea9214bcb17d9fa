/** What is being computed, and may wait for what else is. */
export class Computation {
  /** The lease it computes under, if any. */
  leaseName: string | undefined;
  #isOver = false;
  readonly #awaited = new Set<Computation>();
  readonly #followers = new Set<Computation>();

  /** It has ended, though code that it began may run on. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it waits for. */
  get awaited(): ReadonlySet<Computation> {
    return this.#awaited;
  }

  /** What waits for it. */
  get followers(): ReadonlySet<Computation> {
    return this.#followers;
  }

  follow(other: Computation): void {
    this.#awaited.add(other);
    other.#followers.add(this);
  }

  unfollow(other: Computation): void {
    this.#awaited.delete(other);
    other.#followers.delete(this);
  }

  end(): void {
    this.#isOver = true;
    for (const other of this.#awaited) this.unfollow(other);
  }
}
