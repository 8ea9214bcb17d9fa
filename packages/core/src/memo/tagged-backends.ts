import type { Backend } from "@class-cache/mapping";

const references = new Set<WeakRef<Backend>>();
const known = new WeakSet<Backend>();

/** Notes that a backend may hold results with tags. */
export function noteTagged(backend: Backend): void {
  if (known.has(backend)) return;
  known.add(backend);
  references.add(new WeakRef(backend));
}

/** The backends that methods with tags have used in this process. */
export function* taggedBackends(): Iterable<Backend> {
  for (const reference of references) {
    const backend = reference.deref();
    if (backend === undefined) references.delete(reference);
    else yield backend;
  }
}
