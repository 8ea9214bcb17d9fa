import type { Backend, Lease, MutableMapping } from "@class-cache/mapping";

/** The mapping of a backend that says which computation waits for which. */
const MAPPING_ID = "~class-cache.waits";
/** After this long a wait is made known, and looked at for a circle. */
const LOOK_MS = 100;
/** A process that waits renews what it has made known in this time; what is older is of a dead one. */
const VALID_MS = 5000;

interface Waits {
  readonly names: readonly string[];
  readonly at: number;
}

const byBackend = new WeakMap<Backend, LeaseWaits>();

/**
 * Waits for leases while others are held, without the deadlock that this invites: two processes of
 * which each holds what the other waits for. Who waits for long while holding makes that known in the
 * backend, and follows what others have made known (cycle detection in a wait-for graph; here each
 * waiter looks for the circles that lead through itself).
 */
export class LeaseWaits {
  readonly #backend: Backend;
  readonly #mapping: MutableMapping<string, Waits>;
  /** What the holder of each lease, here in this process, waits for. */
  readonly #own = new Map<string, string[]>();

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.#mapping = backend.open<string, Waits>(MAPPING_ID);
  }

  static of(backend: Backend): LeaseWaits {
    let waits = byBackend.get(backend);
    if (waits === undefined) {
      waits = new LeaseWaits(backend);
      byBackend.set(backend, waits);
    }
    return waits;
  }

  /**
   * @param ours leases of the running code, which are not given back before this one was granted
   * @param holding those and all others of which that is so; asked for again and again once that takes long, as
   *   more may come to wait for this one
   * @returns undefined when whoever holds the lease waits for one of those
   * @throws the signal's reason when it aborts first
   */
  async lease(
    name: string,
    ours: readonly string[],
    holding: () => readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Lease | undefined> {
    if (ours.includes(name)) return undefined;
    const giveUp = new AbortController();
    const signals = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]);
    const granted = this.#backend.lease(name, { signal: signals });
    let timer: NodeJS.Timeout | undefined;
    let known: readonly string[] = [];
    let isOurs = false;
    try {
      for (;;) {
        const late = new Promise<"late">((resolve) => {
          timer = setTimeout(resolve, LOOK_MS, "late");
        });
        const outcome = await Promise.race([granted, late]);
        clearTimeout(timer);
        if (outcome !== "late") {
          isOurs = true;
          return outcome;
        }
        const held = holding();
        const before = known;
        known = held;
        await this.#tell(name, before, held);
        if (held.length > 0 && (await this.#leadsBack(name, held))) return undefined;
      }
    } finally {
      clearTimeout(timer);
      if (!isOurs) {
        giveUp.abort();
        // It may have been granted at the last moment.
        await granted.then((lease) => lease.release()).catch(() => undefined);
      }
      // What cannot be taken back goes out of date by itself.
      await this.#tell(name, known, []).catch(() => undefined);
    }
  }

  /** Makes known that the holders of some leases wait for one, and those of others do no longer. */
  async #tell(name: string, before: readonly string[], now: readonly string[]): Promise<void> {
    for (const held of now) {
      if (!before.includes(held)) this.#own.set(held, [...(this.#own.get(held) ?? []), name]);
    }
    for (const left of before) {
      if (!now.includes(left)) this.#forget(left, name);
    }
    for (const held of new Set([...before, ...now])) {
      const names = this.#own.get(held);
      if (names === undefined) await this.#mapping.delete(held);
      else await this.#mapping.set(held, { names, at: Date.now() });
    }
  }

  #forget(held: string, name: string): void {
    const rest = [...(this.#own.get(held) ?? [])];
    rest.splice(rest.indexOf(name), 1);
    if (rest.length === 0) this.#own.delete(held);
    else this.#own.set(held, rest);
  }

  async #leadsBack(name: string, holding: readonly string[]): Promise<boolean> {
    const seen = new Set<string>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (holding.includes(next)) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      const waits = await this.#mapping.get(next);
      if (waits !== undefined && Date.now() - waits.at < VALID_MS) open.push(...waits.names);
    }
    return false;
  }
}
