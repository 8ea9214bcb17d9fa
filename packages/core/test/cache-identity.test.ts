import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Key } from "@class-cache/mapping";
import { identity, memory } from "@class-cache/mapping";
import { CacheWithDefault } from "../src/cache/cache-with-default.ts";
import { cacheable } from "../src/keys/cacheable.ts";
import { configure } from "../src/options/configure.ts";
import { transient } from "../src/keys/transient.ts";

let computed: unknown[] = [];

beforeEach(() => {
  computed = [];
  configure({ backend: memory() });
});

afterEach(() => configure({ backend: undefined }));

class Powers extends CacheWithDefault<number, number> {
  exponent: number;

  constructor(exponent: number) {
    super();
    this.exponent = exponent;
  }

  protected async getDefault(base: number): Promise<number> {
    return base ** this.exponent;
  }
}

describe("the identity", () => {
  abstract class Constant extends CacheWithDefault<string, string> {
    protected async getDefault(key: string): Promise<string> {
      computed.push(key);
      return "value";
    }
  }

  class Fields extends Constant {
    a: unknown;

    constructor(a?: unknown) {
      super();
      this.a = a;
    }
  }

  test("of two values of a field differs", () => {
    const values = [2, "2", 2n, [[2], 3], [[2, 3]], null, undefined, new Map([[2, 3]]), { 2: 3 }];
    const ids = values.map((value) => new Fields(value).id);
    expect(new Set(ids).size).toBe(values.length);
  });

  test("of equal fields is equal, in whatever order they stand", () => {
    const one = Object.assign(new Fields({ x: 1, y: [2] }), { b: 1, c: 2 });
    const other = Object.assign(new Fields({ y: [2], x: 1 }), { c: 2, b: 1 });
    expect(one.id).toBe(other.id);
  });

  test("of two classes with equal fields differs, their methods' results do not mix", async () => {
    class Shifts extends Powers {
      protected override async getDefault(base: number): Promise<number> {
        return base + this.exponent;
      }
    }
    await using powers = new Powers(3);
    await using shifts = new Shifts(3);
    expect(await powers.get(2)).toBe(8);
    await powers.flush();
    expect(await shifts.get(2)).toBe(5);
  });

  test("names the class and its package, and no other class may have the same", () => {
    expect(new Powers(2).id).toMatch(
      /^Powers~@class-cache\/core-[0-9a-f]{8}~~\[\{"exponent":2\}\]$/,
    );
    const twin = { Powers: class Powers extends Constant {} };
    expect(() => new twin.Powers().id).toThrow(expect.objectContaining({ code: "ERR_CLASS_ID" }));
  });

  test("has the id given to cacheable, and counts its version and the static one", () => {
    const ids = [
      [undefined, undefined],
      [1, undefined],
      [undefined, 1],
      ["1", undefined],
      [1, 1],
      [2, 1],
    ].map(([own, declared]) => {
      @cacheable({ id: "versioned", version: declared })
      class Versioned extends Constant {
        static readonly version = own;
      }
      return new Versioned().id;
    });
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^versioned~~/);
  });

  test("refuses a static version that is neither number nor string", () => {
    class Versioned extends Constant {
      static readonly version = {};
    }
    expect(() => new Versioned().id).toThrow(
      expect.objectContaining({
        code: "ERR_OPTION",
        message: expect.stringContaining("static version of Versioned"),
      }),
    );
  });

  test("leaves transient fields out, and they may change", async () => {
    class Client extends Constant {
      readonly url: string;
      @transient calls = 0;
      @transient handler = (): void => {};

      constructor(url: string) {
        super();
        this.url = url;
      }
    }
    const client = new Client("http://x");
    const { id } = client;
    await client.get("x");
    client.calls += 1;
    client.handler = () => {};
    expect(await client.get("x")).toBe("value");
    expect(computed).toEqual(["x"]);
    expect(new Client("http://x").id).toBe(id);
  });

  test("refuses a field that cannot be keyed and names it", async () => {
    class Client extends Constant {
      handler = (): void => {};
    }
    await expect(new Client().get("x")).rejects.toMatchObject({
      code: "ERR_UNKEYABLE",
      path: "this.handler",
    });
  });

  test("refuses a #private field of the class, unless it declares its identity", async () => {
    class Hidden extends Constant {
      #secret: number;

      constructor(secret: number) {
        super();
        this.#secret = secret;
      }

      protected override async getDefault(): Promise<string> {
        return String(this.#secret);
      }
    }
    await expect(new Hidden(1).get("x")).rejects.toMatchObject({
      code: "ERR_UNKEYABLE",
      path: "this.#secret",
    });

    class Declared extends Constant {
      #secret: number;

      constructor(secret: number) {
        super();
        this.#secret = secret;
      }

      [identity](): Key {
        return this.#secret;
      }
    }
    expect(new Declared(1).id).not.toBe(new Declared(2).id);
  });

  test("of a long text is bounded, and still differs", () => {
    const long = "x".repeat(5000);
    expect(new Fields(long).id.length).toBeLessThan(200);
    expect(new Fields(long).id).not.toBe(new Fields(`${long}y`).id);
  });

  describe("after the first use", () => {
    test.each<[string, (cache: Fields) => unknown]>([
      ["get", (cache) => cache.get("x")],
      ["has", (cache) => cache.has("x")],
      ["a look at id", (cache) => cache.id],
      ["an iteration", (cache) => cache.keys().next()],
    ])("by %s, assigning to a field throws TypeError", async (_name, use) => {
      const cache = new Fields(1);
      cache.a = 2;
      await use(cache);
      expect(() => {
        cache.a = 3;
      }).toThrow(TypeError);
      expect(() => {
        cache.a = 3;
      }).toThrow(/field a .* Fields .*@transient/);
      expect(cache.a).toBe(2);
      expect(await cache.get("x")).toBe("value");
    });

    test.each<[string, (cache: Fields) => unknown]>([
      ["a change deep in a field", (cache) => (cache.a as { b: number[] }).b.push(2)],
      ["an added field", (cache) => Object.assign(cache, { later: 1 })],
    ])("%s makes every operation throw TypeError", async (_name, change) => {
      const cache = new Fields({ b: [1] });
      await cache.set("x", "old");
      change(cache);
      await expect(cache.get("x")).rejects.toThrow(TypeError);
      await expect(cache.get("x")).rejects.toThrow(/in the field (a|later)/);
      await expect(cache.getMany(["x"])).rejects.toThrow(TypeError);
      await expect(cache.set("x", "new")).rejects.toThrow(TypeError);
      await expect(cache.size()).rejects.toThrow(TypeError);
      await expect(cache.keys().next()).rejects.toThrow(TypeError);
    });

    test("a field cannot be deleted", async () => {
      const cache = new Fields(1);
      await cache.get("x");
      expect(() => delete cache.a).toThrow(TypeError);
    });

    test("a change by the computation itself is refused, and nothing is stored", async () => {
      class Changing extends Fields {
        protected override async getDefault(): Promise<string> {
          (this.a as number[]).push(1);
          return "of another identity";
        }
      }
      const backend = memory();
      configure({ backend });
      const cache = new Changing([]);
      const { id } = cache;
      await expect(cache.get("x")).rejects.toThrow(TypeError);
      await cache.close();
      expect(await backend.open(id).size()).toBe(0);
    });

    test("what was set before a change can still be flushed", async () => {
      const backend = memory();
      configure({ backend });
      const cache = new Fields([]);
      await cache.set("x", "value");
      (cache.a as number[]).push(1);
      await cache.close();
      expect(await backend.open(new Fields([]).id).get("x")).toBe("value");
    });
  });
});
