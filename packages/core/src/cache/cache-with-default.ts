import { hash } from "node:crypto";
import type { Awaitable, Backend, Key } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import type { BufferedMapping } from "./buffered-mapping.ts";
import type { BufferOptions } from "./cache-options.ts";
import { checkBufferOptions } from "./cache-options.ts";
import { Cache } from "./cache.ts";
import { checkVersion } from "../options/check.ts";
import { classChain } from "../keys/class-chain.ts";
import { classIdOf } from "../keys/class-id.ts";
import type { Computed } from "./compute-once.ts";
import { computeOnce } from "./compute-once.ts";
import { definingFile } from "../keys/defining-file.ts";
import { FixedIdentity } from "../keys/fixed-identity.ts";
import { exemptHiddenState } from "../keys/hidden-state.ts";
import { classDeclaration, declareClass } from "../keys/metadata.ts";
import { scopeOf } from "../keys/scope.ts";

/** A longer text of version and identity is represented in the id by its digest. */
const MAX_TEXT = 1024;

/**
 * A cache that computes what it does not have. Extend it and implement `getDefault`:
 *
 *     class Powers extends CacheWithDefault<number, number> {
 *       readonly exponent: number;
 *
 *       constructor(exponent: number) {
 *         super();
 *         this.exponent = exponent;
 *       }
 *
 *       protected async getDefault(base: number): Promise<number> {
 *         return base ** this.exponent;
 *       }
 *     }
 *
 * Instances with the same identity have the same entries, in whatever process they are. The identity
 * is the class (the id given to `cacheable`, or its name together with the package that it is written
 * in), its `static version`, and the instance's own fields that are not `@transient`, or what its
 * `[identity]()` returns. It is fixed at first use, which is the first operation or the first look at
 * `id`: to assign to such a field then throws TypeError, and so does every operation after the
 * identity was changed in another way.
 *
 * `get` and `getMany` compute; every other operation is that of `Cache`.
 */
export abstract class CacheWithDefault<K extends Key, V> extends Cache<K, V> {
  #identity: FixedIdentity | undefined;
  #id: string | undefined;

  /** @throws OptionError for a value that an option does not take, an `id` included */
  constructor(options: BufferOptions = {}) {
    checkBufferOptions(options);
    // The real id is composed at first use, when the constructors of all subclasses have run.
    super({ ...options, id: "", backend: options.backend ?? declaredBackend(new.target) });
    if (classDeclaration(new.target) === undefined) {
      declareClass(new.target, {
        id: undefined,
        version: undefined,
        backend: undefined,
        identity: undefined,
        scope: scopeOf(definingFile(new.target, CacheWithDefault)),
      });
    }
  }

  /** Computes the value of a key that the cache does not have. A rejection is not remembered. */
  protected abstract getDefault(key: K): Promise<V>;

  /**
   * The id of the mapping that the cache writes to.
   *
   * @throws UnkeyableError when the instance has no identity, for example because of a `#private` field
   * @throws ClassIdError when another class has the same id
   */
  override get id(): string {
    this.#id ??= this.#composeId();
    return this.#id;
  }

  /**
   * The entry's value, computed and remembered when there is none. Calls that want the same at the
   * same time wait for one computation. When the backend cannot be read, the value is computed and
   * the error is reported.
   */
  override async get(key: K): Promise<V> {
    const text = encodeKey(key);
    const mapping = await this._open();
    const entry = await mapping.peek(text);
    if (entry !== undefined) return entry.value;
    const { bytes, cost } = await computeOnce(mapping.backend, this.id, text, () =>
      this.#compute(mapping, key, text),
    );
    return mapping.remember(text, bytes, cost);
  }

  /** Aligned with the keys given. What is missing is computed at the same time. */
  override async getMany(keys: Iterable<K>): Promise<V[]> {
    return Promise.all(Array.from(keys, (key) => this.get(key)));
  }

  protected override _open(): Awaitable<BufferedMapping<K, V>> {
    const mapping = super._open();
    this.#fixed().check(this);
    return mapping;
  }

  async #compute(mapping: BufferedMapping<K, V>, key: K, text: string): Promise<Computed> {
    const start = performance.now();
    const value = await this.getDefault(key);
    const cost = performance.now() - start;
    this.#fixed().check(this);
    if (encodeKey(key) !== text) {
      throw new TypeError(
        `The key ${text} was changed while its value was computed, so the value may be of another key. ` +
          "Leave a key as it is until get() has answered.",
      );
    }
    const bytes = await mapping.encode(text, value);
    await mapping.remember(text, bytes, cost);
    return { bytes, cost };
  }

  #fixed(): FixedIdentity {
    this.#identity ??= new FixedIdentity(this);
    return this.#identity;
  }

  #composeId(): string {
    const { constructor } = this;
    const own = (constructor as { readonly version?: number | string }).version;
    const version = checkVersion(`static version of ${constructor.name}`, own);
    const declared = classDeclaration(constructor)?.version;
    const parts = [this.#fixed().text];
    if (version !== undefined || declared !== undefined) parts.push(encodeKey(version));
    if (declared !== undefined) parts.push(encodeKey(declared));
    const text = `[${parts.join(",")}]`;
    const short = text.length > MAX_TEXT ? `{"$digest":"${hash("sha256", text, "hex")}"}` : text;
    // "~~" keeps this apart from the id of a method: there a class's id ends with a dot.
    return `${classIdOf(constructor)}~~${short}`;
  }
}

function declaredBackend(constructor: Function): Backend | undefined {
  for (const each of classChain(constructor)) {
    const backend = classDeclaration(each)?.backend;
    if (backend !== undefined) return backend;
  }
  return undefined;
}

exemptHiddenState(CacheWithDefault);
