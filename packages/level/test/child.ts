import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "@jest/globals";

/** Compiled once, started many times. */
const compileCache = join(tmpdir(), `class-cache-compiled-${process.getuid?.() ?? ""}`);

const running = new Set<Child>();

afterEach(async () => {
  await Promise.all(Array.from(running, (child) => child.kill()));
});

/** A process that runs a file of `test/processes/`, and what it has printed, line by line. */
export class Child {
  /** Lines that the process printed, each whole: what was being written at its death is left out. */
  readonly lines: string[] = [];
  /** The code or the signal that the process ended with, once all it printed has been read. */
  readonly ended: Promise<number | string>;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: (() => void)[] = [];
  #errors = "";
  #hasEnded = false;

  /** @param lives `"test"`: until the test's end, `"file"`: until it is killed */
  constructor(file: string, options: object, lives: "test" | "file" = "test") {
    const path = fileURLToPath(new URL(`processes/${file}`, import.meta.url));
    this.#process = spawn(process.execPath, ["--conditions=@class-cache/source", path], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env.PATH, TMPDIR: tmpdir(), NODE_COMPILE_CACHE: compileCache },
    });
    // Options may be longer than the system lets arguments be.
    this.#process.stdin.on("error", (error) => (this.#errors += error.message));
    this.#process.stdin.end(JSON.stringify(options));
    if (lives === "test") running.add(this);
    this.#process.stderr.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    let rest = "";
    this.#process.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on("close", (code, signal) => {
        running.delete(this);
        this.#hasEnded = true;
        resolve(signal ?? code ?? "unknown");
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  /** Waits for a line that the process prints, or has printed. */
  async line(text: string): Promise<void> {
    while (!this.lines.includes(text)) {
      if (this.#hasEnded)
        throw new Error(`The child ended before it said "${text}". ${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until the process has printed so many lines. */
  async count(lines: number): Promise<void> {
    while (this.lines.length < lines) {
      if (this.#hasEnded) throw new Error(`The child ended too early. ${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits for the end, which has to be a good one. @returns what the process printed */
  async success(): Promise<string[]> {
    const end = await this.ended;
    if (end !== 0) throw new Error(`The child ended with ${end}. ${this.#errors}`);
    return this.lines;
  }

  /** What the process wrote about its failure. */
  get errors(): string {
    return this.#errors;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}
