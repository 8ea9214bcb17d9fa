import type { KeyHash } from "./key-hash.ts";
import type { Pointer } from "./pointer.ts";
import type { RecordView } from "./record.ts";

/** The frame of a record that is to be written to a segment. */
export interface LargeFrame {
  /** Size of the encoded value. */
  readonly valueBytes: number;
  /** Whether the value's bytes hold only until control is given back to who sets it. */
  readonly isLent: boolean;
  /** By the salt of its checksums, and whether its memory may be used again for the next frame. */
  readonly pieces: (salt: number, isBrief: boolean) => readonly Uint8Array[];
}

/** A record that is to be written, and is too large for a block. */
export interface LargeDraft extends LargeFrame {
  readonly hash: KeyHash;
  /** The frame that goes to the block. */
  readonly pointer: (salt: number, pointer: Pointer) => RecordView;
}
