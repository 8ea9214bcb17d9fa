/**
 * What was being done when something failed. `"read"`: stored bytes turned out to be damaged.
 * `"lease"`: the right to be the only one to compute could not be had. `"refresh"`: the method itself
 * failed while a stale result was the answer. `"verify"`: the method gave another result than the one
 * remembered, or failed, when the option `verify` had it computed once more.
 */
export type FailedOperation = "open" | "lookup" | "store" | "read" | "lease" | "refresh" | "verify";

/** Where a failure happened that the caller of the method was spared. */
export interface FailureContext {
  /** The class and the method, as in `Embedder.embed`; the id of a function. */
  readonly method: string;
  readonly operation: FailedOperation;
  /** The canonical text of the call's key, where the failure concerns one call. */
  readonly key: string | undefined;
}

/** Told of failures that were answered by computing, or by not remembering. What it throws is ignored. */
export type ReportFailure = (error: Error, context: FailureContext) => void;
