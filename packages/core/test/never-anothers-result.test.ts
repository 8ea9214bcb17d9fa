import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { cached, configure, identity } from "@class-cache/core";
import { memory } from "@class-cache/mapping";

beforeEach(() => {
  configure({ backend: memory() });
});

describe("no call gets the result of another", () => {
  const cycleFree = { a: [1, { b: 2 }] };
  const calls: readonly (readonly unknown[])[] = [
    [],
    [undefined, 1],
    [null],
    [null, 1],
    [1],
    ["1"],
    [1n],
    [true],
    ["true"],
    [Number.NaN],
    ["NaN"],
    [Infinity],
    [-1],
    [[]],
    [{}],
    [[[1], 2]],
    [[[1, 2]]],
    [[1], 2],
    [1, [2]],
    [[1, 2]],
    [1, 2],
    ["1,2"],
    ["[1]"],
    ['"],["'],
    ["a", "b"],
    ["a,b"],
    ['a","b'],
    [{ a: undefined }],
    [{ a: null }],
    [new Map()],
    [new Map([["a", 1]])],
    [new Map([["a", "1"]])],
    [{ a: 1 }],
    [new Set()],
    [new Set(["a"])],
    [["a"]],
    [new Date(0)],
    [0],
    [new Date(1)],
    ["1970-01-01T00:00:00.000Z"],
    [/a/],
    [/a/g],
    ["/a/"],
    [new Uint8Array([1])],
    [new Uint16Array([1])],
    [{ 0: 1 }],
    [new URL("https://a.example/")],
    ["https://a.example/"],
    [cycleFree],
    [{ $date: 0 }],
    [{ $undefined: 0 }],
    [{ $key: 1 }],
    [{ $digest: "x" }],
    ["x".repeat(1100)],
    [`${"x".repeat(1099)}y`],
    ["x".repeat(1100), 1],
    ["\ud800"],
    ["\\ud800"],
    ["\n"],
    ["\\n"],
  ];

  test.each([true, false])("among arguments, read back %s", async (held) => {
    class Echo {
      @cached({ id: `echo${held}`, ...(held ? {} : { memory: false as const }) })
      async echo(...args: unknown[]): Promise<number> {
        return calls.findIndex((call) => call === (args as unknown) || sameItems(call, args));
      }
    }
    Object.defineProperty(Echo, "name", { value: `Echo${held}` });
    const echo = new Echo();
    for (let round = 0; round < 2; round += 1) {
      for (const [at, call] of calls.entries())
        expect([call, await echo.echo(...call)]).toEqual([call, at]);
    }
  });

  test("of another instance, class or method", async () => {
    class One {
      value: unknown;
      constructor(value: unknown) {
        this.value = value;
      }
      @cached() async get(): Promise<unknown> {
        return ["One", this.value];
      }
      @cached() async got(): Promise<unknown> {
        return ["got", this.value];
      }
    }
    class Two {
      value: unknown;
      constructor(value: unknown) {
        this.value = value;
      }
      @cached() async get(): Promise<unknown> {
        return ["Two", this.value];
      }
    }
    const values = [
      1,
      "1",
      undefined,
      null,
      [1],
      { a: 1 },
      new Map([[1, 2]]),
      new Date(3),
      1n,
      "x".repeat(2000),
      "x".repeat(1999),
    ];
    for (let round = 0; round < 2; round += 1) {
      for (const value of values) {
        expect(await new One(value).get()).toEqual(["One", value]);
        expect(await new One(value).got()).toEqual(["got", value]);
        expect(await new Two(value).get()).toEqual(["Two", value]);
      }
    }
  });

  test("when instances take turns, also with fields in another order", async () => {
    class Turn {
      [name: string]: unknown;
      constructor(fields: Record<string, unknown>) {
        Object.assign(this, fields);
      }
      async get(_x: number): Promise<unknown> {
        return Object.entries(this);
      }
    }
    const plain = Object.getOwnPropertyDescriptor(Turn.prototype, "get") as TypedPropertyDescriptor<
      (x: number) => Promise<unknown>
    >;
    Object.defineProperty(
      Turn.prototype,
      "get",
      cached()(Turn.prototype, "get", plain) as unknown as PropertyDescriptor,
    );
    const instances = [
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      { a: 1 },
      { b: 1 },
      { a: 1, $b: 2 },
      { a: "1" },
      {},
    ].map((fields) => new Turn(fields));
    for (let round = 0; round < 3; round += 1) {
      for (const turn of instances) {
        for (const x of [1, 1, 2]) {
          expect(await (turn as unknown as { get(x: number): Promise<unknown> }).get(x)).toEqual(
            Object.entries(turn),
          );
        }
      }
    }
  });

  test("by an identity that looks like another's fields", async () => {
    class Declared {
      @cached() async get(): Promise<string> {
        return "declared";
      }
      [identity](): object {
        return { a: 1 };
      }
    }
    class Fields {
      a = 1;
      @cached() async get(): Promise<string> {
        return "fields";
      }
    }
    expect([await new Declared().get(), await new Fields().get()]).toEqual(["declared", "fields"]);
  });

  test("of another program that has a class of the same name", () => {
    const root = mkdtempSync(join(tmpdir(), "class-cache-programs-"));
    try {
      const run = (program: string, value: string): string => {
        const folder = join(root, program);
        mkdirSync(join(folder, "src"), { recursive: true });
        writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "same-name" }));
        writeFileSync(join(folder, "src", "main.mjs"), programText(value));
        const { stdout, stderr } = spawnSync(
          process.execPath,
          ["--conditions=@class-cache/source", join(folder, "src", "main.mjs")],
          {
            encoding: "utf8",
            env: { ...process.env, XDG_CACHE_HOME: join(root, "cache"), NODE_OPTIONS: "" },
          },
        );
        return stdout === "" ? stderr : stdout;
      };
      expect(run("one", "first")).toBe("first computed");
      expect(run("two", "second")).toBe("second computed");
      expect(run("one", "first")).toBe("first");
      expect(run("two", "second")).toBe("second");
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => Object.is(item, b[at]));
}

/** Decorates by hand, for Node.js runs no decorators itself. */
function programText(value: string): string {
  const core = pathToFileURL(join(import.meta.dirname, "../src/index.ts")).href;
  return `
    import { cached } from ${JSON.stringify(core)};
    class Client {
      async load(x) { process.exitCode = 0; computed = " computed"; return ${JSON.stringify(value)}; }
    }
    let computed = "";
    const load = Object.getOwnPropertyDescriptor(Client.prototype, "load");
    Object.defineProperty(Client.prototype, "load", cached()(Client.prototype, "load", load));
    const answer = await new Client().load(1);
    process.stdout.write(answer + computed);
  `;
}
