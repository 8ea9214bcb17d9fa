/** What was being done when a backend failed. `"read"`: stored bytes turned out to be damaged. */
export type FailedOperation = "open" | "lookup" | "store" | "read";

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
