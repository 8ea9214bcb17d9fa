import type {
  Backend,
  Capabilities,
  Clock,
  Key,
  Lease,
  LeaseOptions,
  MutableMapping,
  OpenOptions,
  ValueCodec,
} from "@class-cache/mapping";
import { ForwardingMapping } from "./forwarding-mapping.ts";

/** How a mapping of the backend below is seen through the one above. */
export type Wrap = (inner: MutableMapping<Key, unknown>) => MutableMapping<Key, unknown>;

/** Does everything by another backend. Its mappings are seen through `wrap`. */
export class ForwardingBackend implements Backend {
  protected readonly inner: Backend;
  readonly #wrap: Wrap;

  constructor(inner: Backend, wrap: Wrap = (mapping) => new ForwardingMapping(mapping)) {
    this.inner = inner;
    this.#wrap = wrap;
  }

  get supports(): Capabilities {
    return this.inner.supports;
  }

  get codec(): ValueCodec | undefined {
    return this.inner.codec;
  }

  get clock(): Clock | undefined {
    return this.inner.clock;
  }

  open<K extends Key, V>(id: string, options?: OpenOptions): MutableMapping<K, V> {
    return this.#wrap(this.inner.open(id, options)) as unknown as MutableMapping<K, V>;
  }

  ids(): AsyncIterable<string> {
    return this.inner.ids();
  }

  drop(id: string): Promise<boolean> {
    return this.inner.drop(id);
  }

  lease(name: string, options?: LeaseOptions): Promise<Lease> {
    return this.inner.lease(name, options);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
