import type { Profiler } from "node:inspector";
import { Session } from "node:inspector";

/** Which parts of scripts have run, by V8's own count of their blocks. */
export class Coverage implements Disposable {
  readonly #session = new Session();
  readonly #scripts: RegExp;
  /** By function: a byte for each character of its source, 1 where it has run. */
  readonly #covered = new Map<string, Uint8Array>();

  /** @param scripts the addresses of those to look at */
  constructor(scripts: RegExp) {
    this.#scripts = scripts;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    this.#take();
  }

  /** Characters of source that have run. */
  get size(): number {
    let size = 0;
    for (const marks of this.#covered.values()) for (const mark of marks) size += mark;
    return size;
  }

  /** Runs something. @returns whether it ran what nothing ran before, which from now on is no news */
  gains(run: () => void, keep: boolean): boolean {
    run();
    let isNews = false;
    for (const { url, functions } of this.#take()) {
      if (!this.#scripts.test(url)) continue;
      for (const { ranges } of functions) isNews = this.#merge(url, ranges, keep) || isNews;
    }
    return isNews;
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  /** @returns what has run since the last call */
  #take(): readonly Profiler.ScriptCoverage[] {
    let result: readonly Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (_error, taken) => {
      result = taken?.result ?? [];
    });
    return result;
  }

  /** The first range is the whole function's; each of the others has a count of its own. */
  #merge(url: string, ranges: readonly Profiler.CoverageRange[], keep: boolean): boolean {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return false;
    const { startOffset: start, endOffset: end } = whole;
    const ran = new Uint8Array(end - start);
    for (const { startOffset, endOffset, count } of ranges) {
      ran.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
    }
    const name = `${url} ${start} ${end}`;
    const before = this.#covered.get(name);
    const isNews = before === undefined || ran.some((mark, at) => mark > before[at]!);
    if (isNews && keep) {
      before?.forEach((mark, at) => (ran[at] = Math.max(mark, ran[at]!)));
      this.#covered.set(name, ran);
    }
    return isNews;
  }
}
