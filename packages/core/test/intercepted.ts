import type {
  Backend,
  Lease,
  LeaseOptions,
  MutableMapping,
  OpenOptions,
  ReportError,
} from "@class-cache/mapping";

/** One operation of a mapping that was asked for. */
export interface Step {
  /** The mapping's id. */
  readonly id: string;
  readonly operation: string;
  readonly args: readonly unknown[];
  /** Tells whoever opened the mapping of damage. */
  readonly report: ReportError | undefined;
  readonly take: () => Promise<unknown>;
}

/** What is done in the place of what a handle is asked for. */
interface Interception {
  step?(step: Step): Promise<unknown>;
  lease?(name: string, take: () => Promise<Lease>): Promise<Lease>;
}

const STEPS: ReadonlySet<string | symbol> = new Set([
  "get",
  "getMany",
  "has",
  "hasMany",
  "lookup",
  "size",
  "set",
  "setMany",
  "delete",
  "deleteMany",
  "clear",
]);

/** A handle of a backend, as another process has one, whose operations the test takes in hand. */
export function intercepted(backend: Backend, interception: Interception): Backend {
  const open = (id: string, options?: OpenOptions): unknown =>
    interceptedMapping(backend.open(id, options), id, options?.onError, interception);
  const lease = (name: string, options?: LeaseOptions): Promise<Lease> => {
    const take = (): Promise<Lease> => backend.lease(name, options);
    return interception.lease?.(name, take) ?? take();
  };
  return new Proxy(backend, {
    get(target, name) {
      if (name === "open") return open;
      if (name === "lease") return lease;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? (member as () => unknown).bind(target) : member;
    },
  });
}

function interceptedMapping(
  mapping: MutableMapping<string, unknown>,
  id: string,
  report: ReportError | undefined,
  interception: Interception,
): unknown {
  return new Proxy(mapping, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const call = (member as (...args: unknown[]) => Promise<unknown>).bind(target);
      if (!STEPS.has(name)) return call;
      return async (...args: unknown[]): Promise<unknown> => {
        const take = (): Promise<unknown> => call(...args);
        const step = { id, operation: String(name), args, report, take };
        return interception.step?.(step) ?? take();
      };
    },
  });
}
