import { publishError } from "@class-cache/mapping";
import type { Block } from "./block.ts";

/**
 * Which blocks have records to mark. That is done when the event loop turns, away from the write that
 * led to it: until then, or if the process dies, what a mark guards against takes a record damaged
 * besides. A block that is rebuilt first needs none of its marks.
 */
export class OwedMarks {
  readonly #blocks = new Set<Block>();

  owe(block: Block): void {
    if (!block.owesMarks) return;
    if (this.#blocks.size === 0) setImmediate(() => this.write());
    this.#blocks.add(block);
  }

  /** Writes all that is owed. A failure is reported: the store is right without. */
  write(): void {
    for (const block of this.#blocks) {
      try {
        if (block.owesMarks) block.writeMarks();
      } catch (error) {
        publishError(error as Error);
      }
    }
    this.#blocks.clear();
  }
}
