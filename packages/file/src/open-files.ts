/** Most that a backend has open of what it can open again: a block takes two descriptors, and many systems allow 1,024. */
const MOST_OPEN = 400;

/** Has files open, and opens them again when they are needed. */
export interface Reopenable {
  /** Whether something is still to be written that would be forgotten. */
  readonly owesWrites: boolean;
  close(): void;
}

/** What a backend has open at a time, whichever mappings it is of. */
export class OpenFiles {
  /** In the order in which they were opened. */
  readonly #open = new Set<Reopenable>();

  /** Told of what is about to be opened: where much is open, something else is closed. */
  add(opened: Reopenable): void {
    this.#open.delete(opened);
    if (this.#open.size >= MOST_OPEN) this.#closeOne();
    this.#open.add(opened);
  }

  /** Told of what has been closed. */
  delete(closed: Reopenable): void {
    this.#open.delete(closed);
  }

  /** That was opened first, of those that owe nothing. Where all do, what one owes is given up. */
  #closeOne(): void {
    let [first] = this.#open;
    for (const opened of this.#open) {
      if (opened.owesWrites) continue;
      first = opened;
      break;
    }
    if (first === undefined) return;
    first.close();
    this.#open.delete(first);
  }
}
