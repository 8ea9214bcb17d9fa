import type { Backend, Lease } from "@class-cache/mapping";

/**
 * For how long a call waits while this process does not get the lease once. Who has one gives it back within a
 * fraction of a millisecond, unless stopped; but a machine that has too much to do lets others come first for
 * seconds.
 */
const PATIENCE_MS = 30_000;
/** The patience is spent in steps: all the time in which the event loop stood still counts as one. */
const STEPS = 10;
const TIMED_OUT = "Other processes had the lease for longer than a call waits for it.";

const byBackend = new WeakMap<Backend, ShortLeases>();

/** Leases of a backend that are only held for what is done at once, such as storing a result. */
export class ShortLeases {
  readonly #backend: Backend;
  /** How often this process has got each. */
  readonly #taken = new Map<string, number>();

  private constructor(backend: Backend) {
    this.#backend = backend;
  }

  static of(backend: Backend): ShortLeases {
    let leases = byBackend.get(backend);
    if (leases === undefined) {
      leases = new ShortLeases(backend);
      byBackend.set(backend, leases);
    }
    return leases;
  }

  /**
   * @param isPatient whether it is waited for without bound; else for whatever this process itself does while it
   *   has the lease, however much that is, and a while for others
   * @throws DOMException "TimeoutError" where others have it for longer than that
   */
  async take(name: string, isPatient: boolean): Promise<Lease> {
    const lease = isPatient ? await this.#backend.lease(name) : await this.#takeInTime(name);
    this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1);
    return lease;
  }

  async #takeInTime(name: string): Promise<Lease> {
    const giveUp = new AbortController();
    let seen = this.#taken.get(name);
    let left = STEPS;
    const timer = setInterval(() => {
      const taken = this.#taken.get(name);
      left = taken === seen ? left - 1 : STEPS;
      seen = taken;
      if (left === 0) giveUp.abort(new DOMException(TIMED_OUT, "TimeoutError"));
    }, PATIENCE_MS / STEPS);
    try {
      return await this.#backend.lease(name, { signal: giveUp.signal });
    } finally {
      clearInterval(timer);
    }
  }
}
