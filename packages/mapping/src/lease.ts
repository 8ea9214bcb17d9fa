/** A held right to be the only one, as wide as the backend that granted it is shared. */
export interface Lease extends AsyncDisposable {
  readonly name: string;
  /** Gives it back. A second call does nothing. The death of the process gives it back as well. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** Stops the wait; the lease call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
