import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, Key, MutableMapping } from "@class-cache/mapping";
import type { Need } from "./need.ts";
import type { Check } from "./check.ts";
import type { Place, SuiteOptions } from "./options.ts";
import { Time } from "./time.ts";

/** What one case works on. All that it makes is gone after it, however it ends. */
export class World {
  readonly check: Check;
  readonly time: Time;
  readonly options: SuiteOptions;
  /** A folder of this case's own; nothing but `folder` is in it, so that what escapes is seen. */
  readonly root: string = mkdtempSync(join(tmpdir(), "class-cache-testkit-"));
  /** The folder of this case's store. */
  readonly folder: string = join(this.root, "store");
  readonly #takesOptions: boolean;
  readonly #ends: (() => unknown)[] = [];
  readonly #mark: string = randomBytes(6).toString("hex");
  readonly #ids = new Set<string>();

  private constructor(options: SuiteOptions, reasons: ReadonlyMap<Need, string>, check: Check) {
    this.options = options;
    this.check = check;
    this.#takesOptions = !reasons.has("options");
    this.time = new Time(this.#takesOptions);
    mkdirSync(this.folder);
    this.atEnd(() => rmSync(this.root, { recursive: true, force: true, maxRetries: 3 }));
    if (!this.#takesOptions) this.atEnd(() => this.#dropAll());
  }

  /** Runs a case in a world of its own. */
  static async with(
    options: SuiteOptions,
    reasons: ReadonlyMap<Need, string>,
    check: Check,
    run: (world: World) => Promise<void>,
  ): Promise<void> {
    const world = new World(options, reasons, check);
    try {
      await run(world);
    } finally {
      await world.#end();
    }
  }

  async #end(): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.#ends.toReversed()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** A factory that takes no place may lead to a store that stays; nothing of the case is to stay in it. */
  async #dropAll(): Promise<void> {
    const backend = this.options.backend({ folder: this.folder });
    if (backend.supports.permanence) for (const id of this.#ids) await backend.drop(id);
    await backend.close();
  }

  /** How many times as long as usual the cases with many processes work. */
  get effort(): number {
    return this.options.effort ?? 1;
  }

  /** Registers what is to be done after the case, last first. */
  atEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** A backend on this case's store. Where backends reopen, all of one case share it. */
  backend(limits: Pick<Place, "maxBytes" | "maxEntries"> = {}): Backend {
    const { clock } = this.time;
    const injected = clock === undefined ? {} : { clock, ...limits };
    const backend = this.options.backend({ folder: this.folder, ...injected });
    this.atEnd(() => backend.close());
    return backend;
  }

  /** A backend on this case's store that goes by the system's clock, as those of other processes do. */
  sharedBackend(limits: Pick<Place, "maxBytes" | "maxEntries"> = {}): Backend {
    const backend = this.options.backend({ folder: this.folder, ...limits });
    this.atEnd(() => backend.close());
    return backend;
  }

  /** A mapping in a backend of its own, empty. */
  mapping<K extends Key = Key, V = unknown>(
    limits: Pick<Place, "maxBytes" | "maxEntries"> = {},
  ): MutableMapping<K, V> {
    return this.backend(limits).open<K, V>(this.id("mapping"));
  }

  /** An id that other cases use as well, made empty: it is the form of the id that matters. */
  async oddId(backend: Backend, id: string): Promise<string> {
    this.#ids.add(id);
    await backend.drop(id);
    return id;
  }

  /** An id that no other case uses, for factories that always lead to one and the same store. */
  id(name: string): string {
    const id = `${name} ${this.#mark}`;
    this.#ids.add(id);
    return id;
  }
}

/** What an iteration gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
