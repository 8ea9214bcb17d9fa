import type { Backend, Key, MutableMapping, OpenOptions } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { sharedMemory } from "./shared-memory.ts";

/** Steps of a mapping that others can come between. */
const STEPS: ReadonlySet<string | symbol> = new Set([
  "get",
  "getMany",
  "lookup",
  "set",
  "delete",
  "clear",
]);

/** Two handles of one memory, as two processes have them. Before and after each step of the first it waits. */
export function stepwiseMemory(between: () => Promise<void>): [Backend, Backend] {
  const inner = memory();
  let isBetween = false;
  // Steps of what is done meanwhile are taken at once.
  const wait = async (): Promise<void> => {
    if (isBetween) return;
    isBetween = true;
    await between();
    isBetween = false;
  };
  const first = new Proxy(sharedMemory(inner), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name === "open") {
        return (id: string, options?: OpenOptions) => stepwise(target.open(id, options), wait);
      }
      return member;
    },
  });
  return [first, sharedMemory(inner)];
}

function stepwise<K extends Key, V>(
  mapping: MutableMapping<K, V>,
  between: () => Promise<void>,
): MutableMapping<K, V> {
  return new Proxy(mapping, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const step = (member as (...args: unknown[]) => unknown).bind(target);
      if (!STEPS.has(name)) return step;
      return async (...args: unknown[]) => {
        await between();
        const outcome = await step(...args);
        await between();
        return outcome;
      };
    },
  });
}
