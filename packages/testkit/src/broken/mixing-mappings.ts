import type { Backend, Key, MutableMapping, OpenOptions } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenBackend } from "./broken-backend.ts";
import { ForwardingBackend } from "./forwarding-backend.ts";

/** Takes every id for another one. */
abstract class Renamed extends ForwardingBackend {
  protected abstract rename(id: string): string;

  override open<K extends Key, V>(id: string, options?: OpenOptions): MutableMapping<K, V> {
    return super.open(typeof id === "string" ? this.rename(id) : id, options);
  }

  override async drop(id: string): Promise<boolean> {
    return super.drop(typeof id === "string" ? this.rename(id) : id);
  }
}

/** Ids that are taken for others, and limits that are not kept. */
export const mixingMappings: readonly BrokenBackend[] = [
  brokenBackend(
    "ids-share",
    "every id leads to one mapping",
    "ids",
    class extends Renamed {
      protected rename(): string {
        return "the only one";
      }
    },
  ),
  brokenBackend(
    "ids-without-case",
    "ids that differ in upper and lower case are one",
    "ids",
    class extends Renamed {
      protected rename(id: string): string {
        return id.toLowerCase();
      }
    },
  ),
  brokenBackend(
    "ids-as-file-names",
    "what a file's name may not have is replaced by one sign",
    "ids",
    class extends Renamed {
      protected rename(id: string): string {
        return id.replace(/[^\w.]/g, "_");
      }
    },
  ),
  brokenBackend(
    "ids-cut",
    "of long ids the beginning alone counts",
    "ids",
    class extends Renamed {
      protected rename(id: string): string {
        return id.slice(0, 255);
      }
    },
  ),
  brokenBackend(
    "drop-always-true",
    "drop says that there was a mapping when there was none",
    "ids",
    class extends ForwardingBackend {
      override async drop(id: string): Promise<boolean> {
        await super.drop(id);
        return true;
      }
    },
  ),
  brokenBackend(
    "drop-keeps-id",
    "a dropped mapping stays among the ids",
    "ids",
    class extends ForwardingBackend {
      readonly #seen = new Set<string>();

      override async *ids(): AsyncIterableIterator<string> {
        for await (const id of super.ids()) this.#seen.add(id);
        yield* this.#seen;
      }

      override async drop(id: string): Promise<boolean> {
        for await (const known of super.ids()) this.#seen.add(known);
        return super.drop(id);
      }
    },
  ),
  {
    name: "ignores-max-entries",
    fault: "maxEntries is passed over",
    caughtBy: "limits",
    backend: ({ clock, maxBytes }): Backend => new ForwardingBackend(memory({ clock, maxBytes })),
  },
  {
    name: "ignores-max-bytes",
    fault: "maxBytes is passed over",
    caughtBy: "limits",
    backend: ({ clock, maxEntries }): Backend =>
      new ForwardingBackend(memory({ clock, maxEntries })),
  },
  {
    name: "limits-too-wide",
    fault: "limits are passed by more than a tenth",
    caughtBy: "limits",
    backend: ({ clock, maxEntries = Infinity, maxBytes = Infinity }): Backend => {
      const limits = { maxEntries: maxEntries * 1.15, maxBytes: maxBytes * 1.15 };
      return new ForwardingBackend(memory({ clock, ...limits }));
    },
  },
];
