import type { Lease, LeaseOptions } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenBackend } from "./broken-backend.ts";
import { ForwardingBackend } from "./forwarding-backend.ts";

function leaseOf(name: string, release: () => Promise<void>): Lease {
  return { name, release, [Symbol.asyncDispose]: release };
}

/** Leases that do not exclude, or do not end. */
export const carelessLeases: readonly BrokenBackend[] = [
  brokenBackend(
    "ignores-leases",
    "every lease is granted at once",
    "leases",
    class extends ForwardingBackend {
      override async lease(name: string): Promise<Lease> {
        return leaseOf(name, async () => {});
      }
    },
  ),
  brokenBackend(
    "never-releases",
    "a lease that was released stays held",
    "leases",
    class extends ForwardingBackend {
      override async lease(name: string, options?: LeaseOptions): Promise<Lease> {
        await super.lease(name, options);
        return leaseOf(name, async () => {});
      }
    },
  ),
  brokenBackend(
    "one-lease-for-all-names",
    "leases of different names exclude each other",
    "leases",
    class extends ForwardingBackend {
      override async lease(name: string, options?: LeaseOptions): Promise<Lease> {
        const lease = await super.lease("the only one", options);
        return leaseOf(name, () => lease.release());
      }
    },
  ),
  brokenBackend(
    "ignores-aborts",
    "an abort does not end the wait for a lease",
    "leases",
    class extends ForwardingBackend {
      override lease(name: string): Promise<Lease> {
        return super.lease(name);
      }
    },
  ),
  brokenBackend(
    "release-frees-the-next",
    "releasing twice takes the lease from the next holder",
    "leases",
    class extends ForwardingBackend {
      readonly #held = new Map<string, Lease>();

      override async lease(name: string, options?: LeaseOptions): Promise<Lease> {
        this.#held.set(name, await super.lease(name, options));
        return leaseOf(name, async () => this.#held.get(name)?.release());
      }
    },
  ),
];
