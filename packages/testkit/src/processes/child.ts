import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Compiled once, started many times. */
const compileCache = join(tmpdir(), `class-cache-compiled-${process.getuid?.() ?? ""}`);

export interface ChildSettings {
  /** Options of Node.js, such as `--import` of a loader. Default: none. */
  readonly execArgv?: readonly string[] | undefined;
  /** Its whole environment. Default: that of this process, without `NODE_OPTIONS`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** A command that starts what is put behind it, such as `["nice", "-n", "19"]`. Default: none. */
  readonly launcher?: readonly string[] | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Its input stays open for `tell()`. Default: false, it ends behind the options. */
  readonly takesOrders?: boolean | undefined;
  /** Called with each line that it prints. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * A process of Node.js that runs a program, and what it has printed, line by line. Its first line of
 * input are its options, as JSON. It is killed when it is disposed of.
 */
export class Child implements AsyncDisposable {
  /** Lines that the process printed, each whole: what was being written at its death is left out. */
  readonly lines: string[] = [];
  /** The code or the signal that the process ended with, once all it printed has been read. */
  readonly ended: Promise<number | string>;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: (() => void)[] = [];
  #errors = "";
  #hasEnded = false;

  /** @param program the file that it runs */
  constructor(program: string | URL, options: object, settings: ChildSettings = {}) {
    const path = typeof program === "string" ? program : fileURLToPath(program);
    const { execArgv = [], launcher = [], uid, gid, onLine } = settings;
    const [command, ...args] = [...launcher, process.execPath, ...execArgv, path] as [string];
    this.#process = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: settings.env ?? {
        ...process.env,
        NODE_OPTIONS: undefined,
        NODE_COMPILE_CACHE: compileCache,
      },
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const { stdin, stdout, stderr } = this.#process;
    stdin.on("error", (error) => (this.#errors += error.message));
    // Options may be longer than the system lets arguments be.
    stdin.write(`${JSON.stringify(options)}\n`);
    if (settings.takesOrders !== true) stdin.end();
    stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    let rest = "";
    stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      if (onLine !== undefined) for (const line of lines) onLine(line);
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      const end = (how: number | string): void => {
        this.#hasEnded = true;
        resolve(how);
        this.#wake();
      };
      this.#process.on("error", (error) => {
        this.#errors += error.message;
        if (this.#process.pid === undefined) end("not started");
      });
      this.#process.on("close", (code, signal) => end(signal ?? code ?? "unknown"));
    });
  }

  /** The id of the process; 0 when it could not be started. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What the process wrote about its failure. */
  get errors(): string {
    return this.#errors;
  }

  /**
   * Waits for a line that the process prints, or has printed.
   *
   * @throws when it ends without
   */
  async line(text: string): Promise<void> {
    while (!this.lines.includes(text)) await this.#news(`said "${text}"`);
  }

  /**
   * Waits until the process has printed so many lines.
   *
   * @throws when it ends before
   */
  async count(lines: number): Promise<void> {
    while (this.lines.length < lines) await this.#news(`said ${lines} lines`);
  }

  /**
   * Waits for the end, which has to be a good one.
   *
   * @returns what the process printed
   * @throws when it ends in another way
   */
  async success(): Promise<string[]> {
    const end = await this.ended;
    if (end !== 0) throw new Error(`The child ended with ${end}. ${this.#errors}`);
    return this.lines;
  }

  /** Writes a line to the input of a process that takes orders. */
  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Ends the input of a process that takes orders. */
  endInput(): void {
    this.#process.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Kills the process with SIGKILL, and waits for its end. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #news(what: string): Promise<void> {
    if (this.#hasEnded) throw new Error(`The child ended before it ${what}. ${this.#errors}`);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
