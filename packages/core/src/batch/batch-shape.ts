import type { AnyMethod, Loose } from "../options/only-async.ts";

/** The text that the compiler shows for a method that does not take items and give their results. */
export type NotBatch =
  "@cachedBatch needs a method that takes an array of items first and returns a promise of an array";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** An array of any length; not `any`. */
type IsArray<T> =
  IsAny<T> extends true
    ? false
    : [T] extends [never]
      ? false
      : [T] extends [readonly unknown[]]
        ? number extends T["length"]
          ? true
          : false
        : false;

type ItemsOf<Method extends AnyMethod> =
  Parameters<Method> extends readonly [infer Items, ...unknown[]] ? Items : never;

type RestOf<Method extends AnyMethod> =
  Parameters<Method> extends readonly [unknown, ...infer Rest] ? Rest : never;

type ResultsOf<Method extends AnyMethod> =
  IsAny<ReturnType<Method>> extends true
    ? never
    : ReturnType<Method> extends PromiseLike<infer Results>
      ? Results
      : never;

type Element<T> = T extends readonly (infer E)[] ? E : never;

/** Nothing is asked of a method from items to results; of any other, what it cannot fulfil. */
export type OnlyBatch<Method extends AnyMethod> =
  IsArray<ItemsOf<Method>> extends true
    ? IsArray<ResultsOf<Method>> extends true
      ? unknown
      : NotBatch
    : NotBatch;

/** What a batch method must take and give for the callbacks among its options, where these have types. */
export type FitsBatch<Args extends readonly Loose[], Value, This> = (
  this: This,
  ...args: IsAny<Args> extends true
    ? Loose[]
    : Args extends readonly [infer Item, ...infer Rest]
      ? [items: Item[], ...rest: Rest]
      : Loose[]
) => PromiseLike<readonly (Value | Error)[]>;

/** A batch method as seen from one item: the item in the place of the items, and its result. */
export type ItemMethod<Method extends AnyMethod> = (
  item: Element<ItemsOf<Method>>,
  ...rest: RestOf<Method>
) => Promise<Exclude<Element<ResultsOf<Method>>, Error>>;

/** The names of a class's or an object's members that take items and give their results. */
export type BatchMethodName<T> = {
  [Name in keyof T]: T[Name] extends AnyMethod
    ? unknown extends OnlyBatch<T[Name]>
      ? Name
      : never
    : never;
}[keyof T];
