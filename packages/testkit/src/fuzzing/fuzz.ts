import { createHash, randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import type { TestFunction } from "../runner.ts";
import { seededRandom } from "../seeded-random.ts";
import { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";

/** What parses bytes, and how to try it. */
export interface FuzzOptions {
  /** The `test` of the runner. */
  readonly test: TestFunction;
  /** What is fuzzed. */
  readonly name: string;
  /**
   * Parses an input, at once. Throws what is to be a failure: a coded refusal is none, and has to be
   * caught in here.
   */
  readonly run: (input: Buffer) => void;
  /** Addresses of the scripts whose coverage tells which inputs are worth going on from. */
  readonly covers: RegExp;
  /**
   * A folder of inputs, which are all run first. An input that fails is added to it; with the
   * environment variable `CLASS_CACHE_CORPUS` set to `grow`, so is every one that covers more.
   */
  readonly corpus: URL;
  /** Inputs to begin with beside the corpus. */
  readonly seeds?: readonly Uint8Array[];
  /** Pieces that the format is made of. */
  readonly words?: readonly Uint8Array[];
  /** Makes the checksums of an input right, so that it gets behind them. Done to half of the inputs. */
  readonly mend?: (input: Buffer) => Buffer;
  /**
   * Default: the environment variable `CLASS_CACHE_FUZZ_SECONDS`, else 0.5, or 120 when `CLASS_CACHE_SOAK`
   * is `1`.
   */
  readonly seconds?: number;
}

/** Inputs between two looks at the coverage, each of which takes as long as many inputs. */
const BATCH = 512;
const LONGEST_RUN_MS = 1500;
const TIMED_OUT = "ERR_SCRIPT_EXECUTION_TIMEOUT";
/** Memory that one batch may take. */
const MOST_BYTES: number = 256 * 1024 * 1024;

/**
 * Registers a test that runs a parser on inputs that are made from others by chance; those that cover
 * more of its source are gone on from. All by a seed, which a failure names and `CLASS_CACHE_SEED` sets;
 * but how far it comes in its time depends on the machine.
 */
export function fuzz(options: FuzzOptions): void {
  const { test, name } = options;
  const { CLASS_CACHE_SOAK: soak, CLASS_CACHE_FUZZ_SECONDS: given } = process.env;
  const seconds = options.seconds ?? Number(given ?? (soak === "1" ? 120 : 0.5));
  test(
    `${name}: whatever bytes come, a right answer or a coded refusal`,
    async () => new Fuzzer(options).run(seconds * 1000),
    120_000 + seconds * 2000,
  );
}

class Fuzzer {
  readonly #options: FuzzOptions;
  readonly #folder: string;
  readonly #seed: number = Number(process.env.CLASS_CACHE_SEED ?? randomInt(2 ** 32));
  readonly #random = seededRandom(this.#seed);
  readonly #words: readonly Buffer[];
  readonly #inputs: Buffer[] = [];

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#folder = fileURLToPath(options.corpus);
    this.#words = (options.words ?? []).map((word) => Buffer.from(word));
  }

  run(milliseconds: number): void {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    const kept = names.map((name) => readFileSync(join(this.#folder, name)));
    const first = [...kept, ...(this.#options.seeds ?? []).map((seed) => Buffer.from(seed))];
    if (first.length === 0) first.push(Buffer.alloc(0));
    using coverage = new Coverage(this.#options.covers);
    coverage.gains(() => this.#runAll(first), true);
    this.#inputs.push(...first);
    if (coverage.size === 0) throw new Error(`No input runs anything of ${this.#options.covers}`);
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      const batch = Array.from({ length: BATCH }, () => this.#next());
      if (coverage.gains(() => this.#runAll(batch), false)) this.#keepNews(coverage, batch, end);
    }
  }

  #next(): Buffer {
    const [one, other] = [0, 0].map(() => this.#inputs[this.#random(this.#inputs.length)]!);
    const input = mutate(one!, other!, this.#words, this.#random);
    const { mend } = this.#options;
    return mend !== undefined && this.#random(2) === 0 ? mend(input) : input;
  }

  /** Keeps those of a batch that cover more, which it does as a whole. */
  #keepNews(coverage: Coverage, batch: readonly Buffer[], end: number): void {
    if (performance.now() > end) return;
    const [only] = batch;
    if (batch.length > 1) {
      const half = batch.length >> 1;
      for (const part of [batch.slice(0, half), batch.slice(half)]) {
        if (coverage.gains(() => this.#runAll(part), false)) this.#keepNews(coverage, part, end);
      }
    } else if (only !== undefined && coverage.gains(() => this.#runAll([only]), true)) {
      this.#inputs.push(only);
      if (process.env.CLASS_CACHE_CORPUS === "grow") this.#save("", only);
    }
  }

  #runAll(batch: readonly Buffer[]): void {
    let at = 0;
    const run = (): void => {
      for (; at < batch.length; at += 1) this.#options.run(Buffer.from(batch[at]!));
    };
    const before = process.memoryUsage.rss();
    try {
      // Of all that runs at once, only what `node:vm` runs can be ended.
      runInContext("run()", createContext({ run }), { timeout: LONGEST_RUN_MS });
    } catch (cause) {
      // All of a batch together may take long, on a machine that has other things to do.
      if (batch.length === 1 || (cause as { code?: unknown }).code !== TIMED_OUT) {
        this.#fail(batch[at]!, cause);
      }
      for (const input of batch.slice(at)) this.#runAll([input]);
    }
    const taken = process.memoryUsage.rss() - before;
    if (taken > MOST_BYTES) {
      this.#fail(Buffer.concat(batch), new Error(`It took ${taken} bytes of memory.`));
    }
  }

  #fail(input: Buffer, cause: unknown): never {
    const path = this.#save("failed-", input);
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new Error(
      `${this.#options.name} failed by ${path}, CLASS_CACHE_SEED=${this.#seed}\n${why}`,
      {
        cause,
      },
    );
  }

  #save(start: string, input: Buffer): string {
    const name = createHash("sha256").update(input).digest("hex").slice(0, 12);
    const path = join(this.#folder, start + name);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(path, input);
    return path;
  }
}
