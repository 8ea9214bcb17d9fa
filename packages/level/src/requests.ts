import type { EvictionPolicy, Holdings, ReportError, StoredRecord } from "@class-cache/mapping";

/** One change of a mapping. Those of one request take effect together or not at all. */
export type Change =
  | {
      readonly kind: "set";
      readonly key: string;
      readonly record: Uint8Array;
      /** Only where no entry is live at the record's `storedAt`. */
      readonly ifAbsent: boolean;
    }
  /** Counts when the entry is live at `now`. */
  | { readonly kind: "delete"; readonly key: string; readonly now: number }
  /** Only if the entry is the one stored then. */
  | { readonly kind: "evict"; readonly key: string; readonly storedAt: number }
  /** Only if the entry is damaged. */
  | { readonly kind: "bury"; readonly key: string }
  | { readonly kind: "clear" }
  | { readonly kind: "drop" };

/** Limits of all mappings together. Infinity: none. */
export interface WantedLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly eviction: EvictionPolicy;
}

/** How often an entry was used. */
export interface ToldUse {
  readonly id: string;
  readonly key: string;
  readonly times: number;
}

/** What a mapping may ask of the store, be it in this process or in the owner's. */
export type Request =
  /** The records of these keys with their values. */
  | { readonly kind: "lookup"; readonly id: string; readonly keys: readonly string[] }
  /** The records of these keys, those of large values without them. */
  | { readonly kind: "heads"; readonly id: string; readonly keys: readonly string[] }
  | { readonly kind: "write"; readonly id: string; readonly changes: readonly Change[] }
  | { readonly kind: "size"; readonly id: string; readonly now: number }
  /** Entries in the order of their keys, behind a key or from the first. */
  | { readonly kind: "page"; readonly id: string; readonly after: string | undefined }
  /** Has all mappings kept within limits, told how entries were used since the last such request. */
  | {
      readonly kind: "keep";
      readonly limits: WantedLimits;
      readonly uses: readonly ToldUse[];
      readonly now: number;
    }
  | { readonly kind: "ids" }
  /** Gives back the space of what was deleted. */
  | { readonly kind: "compact"; readonly id: string }
  /** Has the owner leave the database to whoever is the next. */
  | { readonly kind: "retire" };

export type RequestKind = Request["kind"];
export type RequestOf<K extends RequestKind> = Extract<Request, { kind: K }>;

/** A part of a mapping's entries. */
export interface Page {
  readonly records: readonly StoredRecord[];
  /** Keys of entries whose records are damaged. */
  readonly damaged: readonly string[];
  /** Behind this key the next page begins; undefined: there is none. */
  readonly next: string | undefined;
}

/** Bytes of records, aligned with the keys asked for. One that could not be read has no bytes. */
export type Records = readonly (Uint8Array | undefined)[];

/** What each kind of request is answered with. */
export interface Results {
  readonly lookup: Records;
  readonly heads: Records;
  /** How many changes had an effect. */
  readonly write: number;
  readonly size: number;
  readonly page: Page;
  readonly keep: Required<Holdings>;
  readonly ids: readonly string[];
  readonly compact: null;
  readonly retire: null;
}

/** Implemented by the owner of the database and, across the socket, by its guests. */
export interface LevelStore {
  /** @param report told of what is found damaged if the database is opened for it */
  perform<K extends RequestKind>(request: RequestOf<K>, report?: ReportError): Promise<Results[K]>;
}
