import { publishError } from "@class-cache/mapping";
import type { Block } from "./block.ts";

/**
 * Which blocks have records to mark, and a new length to note. That is done when the event loop turns, away
 * from the write that led to it: until then, or if the process dies, what it guards against takes damage
 * besides. A block that is rebuilt first needs none of it.
 */
export class OwedWrites {
  readonly #blocks = new Set<Block>();

  owe(block: Block): void {
    if (!block.owesWrites) return;
    if (this.#blocks.size === 0) setImmediate(() => this.write());
    this.#blocks.add(block);
  }

  /** Writes all that is owed. A failure is reported: the store is right without. */
  write(): void {
    for (const block of this.#blocks) {
      try {
        if (block.owesWrites) block.writeOwed();
      } catch (error) {
        publishError(error as Error);
      }
    }
    this.#blocks.clear();
  }
}
