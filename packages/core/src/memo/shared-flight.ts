import { createHash } from "node:crypto";
import type { Lease } from "@class-cache/mapping";
import { CycleError } from "@class-cache/mapping";
import type { Computation } from "./computation.ts";
import { allThatWaitFor, runningComputations } from "./computing-chain.ts";
import { LeaseWaits } from "./lease-waits.ts";
import type { MemoSource } from "./memo-source.ts";
import type { Flight } from "./single-flight.ts";
import type { Site } from "./site.ts";

/** One computation of a key at a time among all processes that share a backend, by its leases. */
export class SharedFlight {
  readonly #source: MemoSource;

  constructor(source: MemoSource) {
    this.#source = source;
  }

  /**
   * Waits until no other process computes the key. It then looks once more whether there is a result.
   *
   * @returns undefined where nobody else is to be waited for: the backend is this process's own, cannot
   *   lease, or whoever computes the key waits for one of ours
   * @throws the signal's reason when every caller has left
   */
  async take(site: Site, flight: Flight): Promise<Lease | undefined> {
    if (this.#source.settings.singleFlight !== "shared" || flight.forced) return undefined;
    const signal = flight.controller?.signal;
    const name = this.#leaseName(flight.key);
    try {
      const backend = await site.store.backend();
      if (!backend.supports.sharedAccess) return undefined;
      flight.isWaiting = true;
      const ours = leasesOf(runningComputations());
      const holding = (): string[] => leasesOf(allThatWaitFor(flight));
      const lease = await LeaseWaits.of(backend).lease(name, ours, holding, signal);
      if (lease === undefined) {
        site.store.report(new CycleError(this.#source.method, flight.key), "lease", flight.key);
      } else this.#hold(site, flight, lease);
      return lease;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      site.store.report(error, "lease", flight.key);
      return undefined;
    } finally {
      flight.isWaiting = false;
    }
  }

  /** Until it is given back, or everybody has left: whether the method then stops is up to the method. */
  #hold(site: Site, flight: Flight, lease: Lease): void {
    flight.leaseName = lease.name;
    const giveBack = (): void => {
      flight.leaseName = undefined;
      lease.release().catch((error) => site.store.report(error, "lease", flight.key));
    };
    flight.controller?.signal.addEventListener("abort", giveBack, { once: true });
  }

  #leaseName(key: string): string {
    const { id } = this.#source;
    return `compute ${createHash("sha256").update(`${id.length} ${id}${key}`, "utf16le").digest("hex")}`;
  }
}

function leasesOf(computations: Iterable<Computation>): string[] {
  return Array.from(computations, ({ leaseName }) => leaseName).filter(
    (name) => name !== undefined,
  );
}
