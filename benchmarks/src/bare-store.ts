/** The least that a store can be: an engine, called directly, and a codec. */
export interface BareStore {
  get(key: string): unknown;
  has(key: string): boolean;
  /** A promise only where the engine gives one. */
  set(key: string, value: unknown): Promise<void> | void;
  /** All of them in one step of the engine. */
  setAll(entries: readonly (readonly [string, unknown])[]): Promise<void> | void;
  close(): Promise<void> | void;
}
