/** A row as one of LevelDB's files has it; others may have the same key. */
export interface StoredRow {
  readonly key: Buffer;
  /** Of two rows with one key that with the higher number counts. */
  readonly sequence: bigint;
  /** Undefined: the row was deleted. */
  readonly value: Buffer | undefined;
}
