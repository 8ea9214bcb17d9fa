import type { FileCalls } from "../../src/file-calls.ts";
import { fileCalls } from "../../src/file-calls.ts";

/** The calls of Node.js, before some of which something else is done. */
export class HeldCalls {
  readonly calls: FileCalls;
  /** The names of the calls that were made, in their order. */
  readonly made: string[] = [];
  readonly #before = new Map<number, () => void>();

  constructor() {
    this.calls = Object.fromEntries(
      Object.entries(fileCalls).map(([name, call]) => [
        name,
        (...args: unknown[]) => {
          this.#begin(name);
          return (call as (...args: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as FileCalls;
  }

  /** Has something done before a call, whose number is told from the next one on, that being 0. */
  hold(number: number, meanwhile: () => void): void {
    this.#before.set(this.made.length + number, meanwhile);
  }

  /** Has nothing done any more. */
  release(): void {
    this.#before.clear();
  }

  #begin(name: string): void {
    const meanwhile = this.#before.get(this.made.length);
    this.made.push(name);
    meanwhile?.();
  }
}
