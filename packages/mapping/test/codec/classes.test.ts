import { describe, expect, test } from "@jest/globals";
import { type Class, type ClassCodec } from "../../src/codec/classes.ts";
import { structured } from "../../src/codec/structured.ts";
import { UnstorableError } from "../../src/errors.ts";
import { entry } from "../support/entry.ts";
import { sameGraph } from "../support/same-graph.ts";

let constructed = 0;
class Point {
  x: number;
  y: number;
  next?: Point;
  constructor(x: number, y: number) {
    constructed += 1;
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}
class Point3 extends Point {
  z = 3;
}
class Money {
  readonly #cents: bigint;
  note: unknown;
  constructor(cents: bigint, note?: unknown) {
    this.#cents = cents;
    this.note = note;
  }
  get cents(): bigint {
    return this.#cents;
  }
}
class HttpError extends Error {
  readonly status: number;
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpError";
    this.status = status;
  }
}
class Tags extends Set<string> {}
class Guarded {
  #name = "";
  set name(_name: string) {
    throw new Error("a setter was run");
  }
  get name(): string {
    return this.#name;
  }
}

const codec = structured({
  classes: [
    Point,
    HttpError,
    { class: Guarded },
    { class: Tags, toData: (tags) => [...tags], fromData: (data) => new Tags(data as string[]) },
    {
      class: Money,
      id: "money",
      toData: (money) => ({ cents: money.cents, note: money.note }),
      fromData: (data) => {
        const { cents, note } = data as { cents: bigint; note: unknown };
        if (note instanceof Money && note.note === undefined) note.note = "was whole";
        return new Money(cents, note);
      },
    },
  ],
});

function copyOf<T>(value: T): T {
  return codec.decode(codec.encode(value, entry) as Uint8Array, entry) as T;
}

describe("an instance of a registered class", () => {
  test("comes back as one, without its constructor being run", () => {
    const point = new Point(3, 4);
    const before = constructed;
    const back = copyOf({ point }).point;
    expect(back).toBeInstanceOf(Point);
    expect(back.length).toBe(5);
    expect(constructed).toBe(before);
    expect(sameGraph(back, point)).toBe(true);
  });

  test("may be part of a cycle, and occur twice", () => {
    const first = new Point(1, 1);
    first.next = new Point(2, 2);
    first.next.next = first;
    const value = { first, map: new Map([[first, [first.next]]]) };
    expect(sameGraph(copyOf(value), value)).toBe(true);
  });

  test("may be a link of a long list that leads back", () => {
    const points = Array.from({ length: 500 }, (_, at) => new Point(at, 0));
    points.forEach((point, at) => (point.next = points[(at + 1) % points.length] as Point));
    expect(sameGraph(copyOf(points), points)).toBe(true);
  });

  test("is an error with its fields when its class is one of errors", () => {
    const error = new HttpError("not found", 404, { cause: new Point(1, 2) });
    (error.cause as { error?: unknown }).error = error;
    const back = copyOf(error);
    expect(back).toBeInstanceOf(HttpError);
    expect(sameGraph(back, error)).toBe(true);
  });

  test("is an error by its class, also when it was made in another way", () => {
    const made = Object.assign(Object.create(HttpError.prototype) as HttpError, { status: 500 });
    const back = copyOf({ made }).made;
    expect(back).toBeInstanceOf(HttpError);
    expect(back.status).toBe(500);
  });

  test("gets its fields by definition, whatever its class inherits", () => {
    const guarded = Object.defineProperty(new Guarded(), "name", { value: "x", enumerable: true });
    expect(Object.getOwnPropertyDescriptor(copyOf(guarded), "name")?.value).toBe("x");
  });

  test("is converted where its class says so", () => {
    const tags = new Tags(["a", "b"]);
    const back = copyOf([tags, tags, new Money(5n, tags)] as const);
    expect(back[0]).toBeInstanceOf(Tags);
    expect([...back[0]]).toEqual(["a", "b"]);
    expect(back[1]).toBe(back[0]);
    expect(back[2].cents).toBe(5n);
    expect(back[2].note).toBe(back[0]);
  });

  test("is given whole data, in whichever order its parts were met", () => {
    const inner = new Money(1n);
    const failure = new HttpError("x", 500, { cause: inner });
    const bare = Object.assign(Object.create(null) as object, { failure });
    const seen: unknown[] = [];
    const watching = structured({
      classes: [
        HttpError,
        Point,
        {
          class: Money,
          toData: (money) => [money.cents, money.note],
          fromData: (data) => {
            seen.push(
              JSON.stringify(data, (_key, part: unknown) =>
                typeof part === "bigint" ? `${part}n` : part,
              ),
            );
            const [cents, note] = data as [bigint, unknown];
            return new Money(cents, note);
          },
        },
      ],
    });
    const value = [failure, new Money(2n, { bare, point: new Point(1, 2) }), bare, inner];
    const back = watching.decode(
      watching.encode(value, entry) as Uint8Array,
      entry,
    ) as typeof value;
    expect(seen[0]).toBe('["1n",null]');
    expect(seen[1]).toContain('"status":500');
    expect(seen[1]).toContain('"point":{"x":1,"y":2}');
    const [backFailure, backMoney, backBare, backInner] = back as [HttpError, Money, object, Money];
    expect(backFailure.cause).toBe(backInner);
    expect((backMoney.note as { bare: object }).bare).toBe(backBare);
  });

  test("whose data leads back to it is refused", () => {
    const money = new Money(1n);
    money.note = { in: [money] };
    expect(() => codec.encode({ list: [money] }, entry)).toThrow(
      expect.objectContaining({ code: "ERR_UNSTORABLE", path: "value.list[0]" }),
    );
    const circle: unknown[] = [];
    const other = new Money(2n, circle);
    circle.push({ other });
    expect(() => codec.encode(circle, entry)).toThrow(UnstorableError);
  });

  test("is refused for what it holds", () => {
    class Other {}
    expect(() => codec.encode([new Money(1n, { other: new Other() })], entry)).toThrow(
      expect.objectContaining({ path: "value[0][toData].note.other" }),
    );
    expect(() => codec.encode(Object.assign(new Point(1, 2), { f: () => 1 }), entry)).toThrow(
      expect.objectContaining({ path: "value.f" }),
    );
    expect(() => codec.encode(Object.assign(new Point(1, 2), { [Symbol("s")]: 1 }), entry)).toThrow(
      UnstorableError,
    );
  });

  test("of a subclass that is not registered is refused", () => {
    expect(() => codec.encode(new Point3(1, 2), entry)).toThrow("an instance of Point3");
  });
});

describe("a stored instance is a miss, never a plain object, when its class", () => {
  const stored = (value: object): Uint8Array => codec.encode({ value }, entry) as Uint8Array;
  const values = { point: new Point(1, 2), money: new Money(1n), error: new HttpError("x", 1) };

  test.each(Object.entries(values))("is not registered: %s", (_name, value) => {
    expect(() => structured().decode(stored(value), entry)).toThrow(
      expect.objectContaining({ code: "ERR_DAMAGED" }),
    );
  });

  test("is registered in another way", () => {
    class Renamed {}
    const converted = { toData: () => 1, fromData: () => new Renamed() };
    for (const [id, value] of [
      ["Point", values.point],
      ["HttpError", values.error],
    ] as const) {
      const other = structured({ classes: [{ class: Renamed, id, ...converted }] });
      expect(() => other.decode(stored(value), entry)).toThrow("is damaged");
    }
    for (const [id, value] of [
      ["money", values.money],
      ["HttpError", values.error],
    ] as const) {
      const other = structured({ classes: [{ class: Renamed, id }] });
      expect(() => other.decode(stored(value), entry)).toThrow("is damaged");
    }
  });

  test("makes nothing of the data", () => {
    const failing = structured({
      classes: [
        {
          class: Money,
          id: "money",
          toData: () => 1,
          fromData: (): Money => {
            throw new TypeError("old data");
          },
        },
      ],
    });
    expect(() => failing.decode(stored(values.money), entry)).toThrow(
      expect.objectContaining({ code: "ERR_DAMAGED", cause: new TypeError("old data") }),
    );
  });
});

test("a class that was renamed is found by its id", () => {
  class Cash extends Money {}
  const renamed = structured({
    classes: [
      {
        class: Cash,
        id: "money",
        toData: (cash) => cash.cents,
        fromData: (data) => new Cash((data as { cents: bigint }).cents),
      },
    ],
  });
  const bytes = codec.encode(new Money(7n), entry) as Uint8Array;
  expect((renamed.decode(bytes, entry) as Cash).cents).toBe(7n);
});

describe("structured() refuses", () => {
  const unnamed = [class {}][0] as Class;
  test.each<[string, unknown[], string]>([
    ["two classes of one id", [Point, { class: Money, id: "Point" }], "different ids"],
    ["a class twice", [Point, Point], "different ids"],
    ["what is no class", [{ class: "Point" }], "classes"],
    ["null", [null], "classes"],
    ["an arrow function", [() => 1], "classes"],
    ["a class without a name", [unnamed], "a name or an `id`"],
    ["toData alone", [{ class: Money, toData: () => 1 }], "both `toData` and `fromData`"],
    ["fromData alone", [{ class: Money, fromData: () => new Money(1n) }], "both"],
    ["a subclass of Set by its fields", [Tags], "extend Set"],
    ["JavaScript's own classes", [Map], "classes of your own"],
    ["Object", [Object], "classes of your own"],
  ])("%s", (_name, classes, expected) => {
    expect(() => structured({ classes: classes as (Class | ClassCodec)[] })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION", message: expect.stringContaining(expected) }),
    );
  });
});
