/**
 * The `test` of a runner: Jest's, Vitest's, that of `node:test`, or any function that takes a name
 * and an asynchronous function. The third argument, the time allowed in milliseconds, is understood
 * by Jest and Vitest; `node:test`, which sets no limit by itself, passes it over.
 */
export interface TestFunction {
  (name: string, run: () => Promise<void>, timeout: number): unknown;
  /** Where the runner has it, cases that do not apply are registered here, with their reason. */
  readonly skip?: (name: string, run: () => Promise<void>) => unknown;
}

/** The `expect` of a runner. */
export type ExpectFunction = (actual: unknown) => { toEqual(expected: unknown): void };
