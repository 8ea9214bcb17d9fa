/** A step along a stream: an item, or with `done` what the method returned. */
export type Step = FramedStep | BareStep;

/** A step for any number of consumers, each of which makes a copy of its own. */
export interface FramedStep {
  readonly done: boolean;
  readonly frame: Uint8Array;
  /** The frame holds an error that the method threw. */
  readonly failed?: boolean;
}

/** A step that only one consumer can have. */
export interface BareStep {
  readonly done: boolean;
  readonly value: unknown;
}

/** One consumer's way along a stream, from its first item to its end. */
export interface Track {
  /**
   * @throws what the method throws, in its place
   * @throws LostItems when the items from here on are not to be had on this track
   */
  next(): Promise<Step>;
  /**
   * Nothing more will be asked for. Resolves once the method has been stopped, if that was the last
   * consumer: with the method's own error, if stopping it failed.
   *
   * @param isGone the consumer does not wait for that
   */
  leave(reason: unknown, isGone: boolean): Promise<void>;
  /** What a step held turned out to be damaged: it is not to be given to anybody again. */
  damaged(cause: unknown): Promise<void>;
}

/** Recorded items are gone or damaged, or belong to another consumer. Never leaves the engine. */
export class LostItems extends Error {
  override readonly name: string = "LostItems";
}
