import { types } from "node:util";

/** A hook may answer at once or later. Answering at once keeps hot reads free of waits. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value, at once where it is there. */
export function settle<T, R>(value: Awaitable<T>, then: (value: T) => R): Awaitable<R> {
  return types.isPromise(value) ? value.then(then) : then(value);
}
