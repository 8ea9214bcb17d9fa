/** What a store under measurement does; a promise where it gives one. */
export interface Store {
  get(key: string): unknown;
  has(key: string): unknown;
  set(key: string, value: unknown): unknown;
  /** Many at once, in the way that the store has for it; left out where it has none. */
  setAll?(entries: readonly Entry[]): unknown;
  getAll?(keys: readonly string[]): unknown;
  /** Gives back the space of what was replaced. */
  compact?(): unknown;
  close(): Promise<void> | void;
}

export type Entry = readonly [key: string, value: unknown];

/** Opens a store in an empty folder. */
export type OpenStore = (folder: string) => Promise<Store>;
