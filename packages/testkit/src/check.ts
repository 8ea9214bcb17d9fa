import { AssertionError } from "node:assert";
import { isSame } from "./same-value.ts";
import type { ExpectFunction } from "./runner.ts";

/** The assertions of the cases. Values compare by what the contract keeps of them. */
export class Check {
  readonly #expect: ExpectFunction | undefined;

  constructor(expect: ExpectFunction | undefined) {
    this.#expect = expect;
  }

  /** Equal down to types, the order of parts, and which parts are one object. */
  equal(actual: unknown, expected: unknown, message?: string): void {
    if (isSame(actual, expected)) return;
    this.#expect?.(actual).toEqual(expected);
    throw new AssertionError({
      actual,
      expected,
      operator: "equal",
      ...(message === undefined ? {} : { message }),
    });
  }

  /** These properties are equal; others may be there. */
  fields(actual: object | undefined, expected: object): void {
    const found = actual as Readonly<Record<string, unknown>> | undefined;
    const names = Object.keys(expected);
    this.equal(
      found === undefined ? found : Object.fromEntries(names.map((name) => [name, found[name]])),
      expected,
    );
  }

  /** The same parts in whatever order. */
  sameMembers(actual: readonly unknown[], expected: readonly unknown[]): void {
    const left = [...actual];
    for (const part of expected) {
      const at = left.findIndex((candidate) => isSame(candidate, part));
      if (at < 0) this.equal(actual, expected, "not the same members");
      left.splice(at, 1);
    }
    if (left.length > 0) this.equal(actual, expected, "not the same members");
  }

  ok(condition: boolean, message: string): void {
    if (!condition) throw new AssertionError({ message, actual: false, expected: true });
  }

  /** Rejects, or throws before it returns a promise, with an error of this code. */
  async refuses(act: () => unknown, code: string): Promise<void> {
    let failure: unknown;
    try {
      await act();
    } catch (error) {
      failure = error;
    }
    const found = (failure as { code?: unknown } | null | undefined)?.code;
    if (failure === undefined) this.ok(false, `expected an error of code ${code}, and none came`);
    if (found !== code) {
      const message = `expected an error of code ${code}, and this came: ${String(failure)}`;
      throw new AssertionError({ message, actual: found, expected: code });
    }
  }
}
