import { Child } from "@class-cache/testkit/processes";
import type { SharedBackend } from "./processes/backend.ts";

const PROGRAM = new URL("processes/memo-worker.ts", import.meta.url);

/** A process that calls memoized functions on a shared backend. */
export class MemoProcess implements AsyncDisposable {
  readonly #child: Child;
  #orders = 0;

  /** @param program what it runs; default: calls of functions that return promises */
  constructor(kind: SharedBackend, folder: string, name: string, program: URL = PROGRAM) {
    this.#child = new Child(
      program,
      { kind, folder, name },
      { execArgv: ["--conditions=@class-cache/source"], takesOrders: true },
    );
  }

  static async started(
    kind: SharedBackend,
    folder: string,
    name: string,
    program?: URL,
  ): Promise<MemoProcess> {
    const started = new MemoProcess(kind, folder, name, program);
    await started.#child.line("ready");
    return started;
  }

  /** What it has begun to compute. */
  get computed(): string[] {
    return this.#said("c ");
  }

  /** The errors that it was told of. */
  get errors(): string[] {
    return this.#said("e ");
  }

  /** Has it do a thing. @returns its answer */
  async ask(what: string, ...args: unknown[]): Promise<unknown> {
    const number = (this.#orders += 1);
    this.#child.tell(JSON.stringify([number, what, ...args]));
    const start = `a ${number} `;
    for (let lines = 0; ; lines = this.#child.lines.length) {
      const answer = this.#child.lines.find((line) => line.startsWith(start));
      if (answer !== undefined) return JSON.parse(answer.slice(start.length)) as unknown;
      await this.#child.count(Math.max(lines, this.#child.lines.length) + 1);
    }
  }

  /** Waits until it computes something. */
  async begins(what: string): Promise<void> {
    await this.#child.line(`c ${what}`);
  }

  kill(): Promise<void> {
    return this.#child.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #said(start: string): string[] {
    return this.#child.lines
      .filter((line) => line.startsWith(start))
      .map((line) => line.slice(start.length));
  }
}
