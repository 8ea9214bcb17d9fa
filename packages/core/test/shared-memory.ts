import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";

/** Memory that is taken for one that processes share: with leases and counted invalidations. */
export function sharedMemory(inner: Backend = memory()): Backend {
  const supports = { ...inner.supports, sharedAccess: true };
  return new Proxy(inner, {
    get(target, name) {
      if (name === "supports") return supports;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member as () => unknown).bind(target) : member;
    },
  });
}
