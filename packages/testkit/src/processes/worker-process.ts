import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Place } from "../options.ts";
import type { World } from "../world.ts";
import type { Call } from "./calls.ts";
import { Child } from "./child.ts";
import type { Orders } from "./orders.ts";
import type { Concern } from "./record.ts";
import { callsIn } from "./record.ts";
import type { AnswerLine, OrderLine, WorkerOptions } from "./worker-protocol.ts";

interface Asker {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process that uses the store of a case, and does what it is told. It is gone after the case. */
export class WorkerProcess {
  readonly #child: Child;
  readonly #calls: (readonly unknown[])[] = [];
  /** Orders without an answer so far. */
  readonly #awaited = new Map<number, Asker>();
  #count = 0;

  /** @param given what its backend is made with. Default: the case's store, without limits */
  constructor(world: World, given: Partial<Omit<Place, "clock">> = {}) {
    const { processes } = world.options;
    if (typeof processes !== "object") throw new TypeError("No module makes the backend.");
    const place = { folder: world.folder, ...given };
    const options: WorkerOptions = { module: addressOf(processes.module), place };
    // In the sources as in what is built of them.
    const program = new URL(`worker${extname(import.meta.url)}`, import.meta.url);
    this.#child = new Child(program, options, {
      execArgv: processes.execArgv,
      takesOrders: true,
      onLine: (line) => this.#hear(JSON.parse(line) as readonly unknown[]),
    });
    void this.#child.ended.then((how) => this.#end(how));
    world.atEnd(() => this.#child.kill());
  }

  /** How many calls of its work it has told, answered or not. */
  get told(): number {
    return this.#calls.length;
  }

  /** Whether the last it told is that it began a call on a key. */
  isAt(key: string): boolean {
    const [kind, , , , concerns] = this.#calls.at(-1) ?? [];
    return kind === "begin" && (concerns as readonly Concern[])[0]?.[0] === key;
  }

  /** The calls of its work. */
  calls(): Call[] {
    return callsIn(this.#calls);
  }

  /** Has it follow an order. @throws when that fails, or the process ends before */
  ask<O extends keyof Orders>(
    order: O,
    ...args: Parameters<Orders[O]>
  ): Promise<Awaited<ReturnType<Orders[O]>>> {
    const answer = new Promise<Awaited<ReturnType<Orders[O]>>>((resolve, reject) => {
      const number = (this.#count += 1);
      const line: OrderLine = [number, order, args];
      this.#awaited.set(number, { resolve: resolve as Asker["resolve"], reject });
      this.#child.tell(JSON.stringify(line));
    });
    // A case that has failed already awaits no more answers.
    answer.catch(() => {});
    return answer;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.signal(signal);
  }

  /** Kills it with SIGKILL, and waits for its end. Nobody is told of orders without an answer. */
  async kill(): Promise<void> {
    this.#awaited.clear();
    await this.#child.kill();
  }

  /** Has it exit as it is, without closing its backend. */
  async leave(): Promise<void> {
    this.#child.endInput();
    await this.#child.success();
  }

  /** Has it close its backend and exit. */
  async close(): Promise<void> {
    await this.ask("close");
    await this.leave();
  }

  #hear(line: readonly unknown[]): void {
    if (line[0] === "begin" || line[0] === "end") {
      this.#calls.push(line);
      return;
    }
    const [kind, number, answer] = line as AnswerLine;
    const asked = this.#awaited.get(number);
    this.#awaited.delete(number);
    if (kind === "answer") asked?.resolve(answer);
    else asked?.reject(new Error(`A worker failed. ${answer}`));
  }

  #end(how: number | string): void {
    for (const { reject } of this.#awaited.values()) {
      reject(new Error(`A worker ended with ${how}. ${this.#child.errors}`));
    }
  }
}

function addressOf(module: string | URL): string {
  if (typeof module !== "string") return module.href;
  return module.startsWith("file:") ? module : pathToFileURL(resolve(module)).href;
}

/** So many workers on the store of a case. They start at once. */
export function startWorkers(
  world: World,
  count: number,
  limits?: Pick<Place, "maxBytes" | "maxEntries">,
): WorkerProcess[] {
  return Array.from({ length: count }, () => new WorkerProcess(world, limits));
}
