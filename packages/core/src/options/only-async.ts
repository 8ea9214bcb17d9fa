/**
 * Stands where any type must fit in both directions, which `unknown` and `never` each do in one only:
 * parameters, results and receivers of methods that are not known yet.
 */
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = any;

/** What a method decorated with `cached` is, as the decorator sees it. */
export type AnyMethod = (this: Loose, ...args: Loose[]) => Loose;

/** The text that the compiler shows for a method that cannot be remembered. */
export type NotAsync =
  "@cached needs a method that returns a promise: make it async (to yield: async *) and give its result a type";

/** The text that the compiler shows for a method that asks its consumers for values. */
export type AsksBack =
  "@cached cannot record a method whose yield gives a value: what it yields must depend on its arguments alone";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Nothing is asked of a method that returns a promise or yields; of any other, what it cannot fulfil. */
export type OnlyAsync<Method extends AnyMethod> =
  IsAny<ReturnType<Method>> extends true
    ? NotAsync
    : [ReturnType<Method>] extends [never]
      ? NotAsync
      : [ReturnType<Method>] extends [PromiseLike<Loose>]
        ? unknown
        : [ReturnType<Method>] extends [AsyncIterable<Loose>]
          ? OnlyGiving<ReturnType<Method>>
          : NotAsync;

type OnlyGiving<Iterable> =
  Iterable extends AsyncGenerator<Loose, Loose, infer Asked>
    ? undefined extends Asked
      ? unknown
      : AsksBack
    : unknown;

/** What a method's promise gives; for a method that yields, what it returns at its end. */
export type ValueOf<Method extends AnyMethod> =
  ReturnType<Method> extends PromiseLike<infer Value>
    ? Value
    : ReturnType<Method> extends AsyncIterable<Loose, infer Returned>
      ? Returned
      : unknown;

/** What a method must take and give for the callbacks among its options, where these have types. */
export type Fits<Args extends readonly Loose[], Value, This> = (
  this: This,
  ...args: Args extends Loose[] ? Args : Loose[]
) => PromiseLike<Value> | AsyncIterable<Loose, Value, Loose>;

/** The names of a class's or an object's members that are methods returning promises, or yielding. */
export type AsyncMethodName<T> = {
  [Name in keyof T]: T[Name] extends AnyMethod
    ? unknown extends OnlyAsync<T[Name]>
      ? Name
      : never
    : never;
}[keyof T];
