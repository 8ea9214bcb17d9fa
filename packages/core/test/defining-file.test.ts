import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { Maker, WithConstructor, WithoutConstructor } from "./classes/derived.ts";

const here = fileURLToPath(import.meta.url);
const there = fileURLToPath(new URL("./classes/derived.ts", import.meta.url));

class Here extends WithConstructor {}

class HereToo extends WithoutConstructor {
  readonly extra = 1;
}

test.each([
  ["a class with a constructor", () => new WithConstructor("x"), there],
  ["a class without a constructor", () => new WithoutConstructor(), there],
  ["a class whose parent has a constructor elsewhere", () => new Here("x"), here],
  ["a class whose parent has none", () => new HereToo(), here],
  ["a class that is used in a constructor elsewhere", () => new Maker(Here).made, here],
])("tells the file of %s", (_name, make, file) => {
  expect(make().file).toBe(file);
});

test("leaves the formatting of stacks as it was", () => {
  const format = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const limit = Error.stackTraceLimit;
  new WithoutConstructor();
  expect(Object.getOwnPropertyDescriptor(Error, "prepareStackTrace")).toEqual(format);
  expect(Error.stackTraceLimit).toBe(limit);
});
