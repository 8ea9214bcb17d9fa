import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Program, Round } from "./program.ts";

type Answer = { readonly result: unknown } | { readonly error: string };

const server = fileURLToPath(new URL("serve.ts", import.meta.url));

/** A program in a process of its own. Calls of it come one after the other. */
export class Remote implements Program {
  readonly #process: ChildProcess;
  readonly #module: URL;

  /** @param options for the program, JSON */
  constructor(module: URL, options: object) {
    this.#module = module;
    this.#process = fork(server, [module.href, JSON.stringify(options)], {
      execArgv: [...process.execArgv, "--expose-gc"],
    });
  }

  prepare(name: string): Promise<boolean> {
    return this.#call("prepare", name);
  }

  round(): Promise<Round> {
    return this.#call("round");
  }

  async close(): Promise<void> {
    await this.#call("close");
    const end = once(this.#process, "exit");
    this.#process.disconnect();
    await end;
  }

  /** @throws what the program threw; when its process ended */
  async #call<Result>(call: keyof Program, name = ""): Promise<Result> {
    const done = new AbortController();
    try {
      const { signal } = done;
      const answered = once(this.#process, "message", { signal }) as Promise<[Answer]>;
      const ended = once(this.#process, "exit", { signal }).then(([code, killed]) => {
        throw new Error(`${this.#module.pathname} ended with ${code ?? killed}.`);
      });
      this.#process.send({ call, name });
      const [answer] = await Promise.race([answered, ended]);
      if ("error" in answer) throw new Error(`${this.#module.pathname}: ${answer.error}`);
      return answer.result as Result;
    } finally {
      done.abort();
    }
  }
}
