import type { Backend, Lease } from "@class-cache/mapping";
import type { Step } from "./intercepted.ts";
import { intercepted } from "./intercepted.ts";

const NEVER = new Promise<never>(() => {});

/** A handle of a backend that dies when told to, as the process does that has it. */
export class MortalProcess {
  readonly backend: Backend;
  /** Takes the steps of its mappings. */
  step: (step: Step) => Promise<unknown> = ({ take }) => take();
  #isDead = false;
  readonly #leases = new Set<Lease>();

  constructor(shared: Backend) {
    this.backend = intercepted(shared, {
      step: async (step) => {
        if (this.#isDead) return NEVER;
        const outcome = await this.step(step);
        return this.#isDead ? NEVER : outcome;
      },
      lease: async (_name, take) => {
        if (this.#isDead) return NEVER;
        const lease = await take();
        this.#leases.add(lease);
        if (!this.#isDead) return lease;
        await lease.release();
        return NEVER;
      },
    });
  }

  /** None of its steps goes on from here on; its leases are given back, as the system does. */
  async die(): Promise<void> {
    this.#isDead = true;
    for (const lease of this.#leases) await lease.release();
  }
}
