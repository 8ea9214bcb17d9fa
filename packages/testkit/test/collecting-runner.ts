import { setTimeout as sleep } from "node:timers/promises";
import type { RegisteredCase, SuiteOptions, TestFunction } from "@class-cache/testkit";
import { suite } from "@class-cache/testkit";

const AT_ONCE = 24;

/** How a case ended. */
interface Outcome {
  readonly name: string;
  /** What the case threw, or that it took too long; undefined: it passed. */
  readonly failure: string | undefined;
}

/** What a suite registered and how it went, without a runner of tests. */
export interface Collected {
  readonly registered: readonly RegisteredCase[];
  readonly outcomes: readonly Outcome[];
}

export interface CollectOptions {
  /** Time that a case may take, in milliseconds; then it has failed. Default: 20,000. */
  readonly limit?: number;
  /** Beginning of the names of the cases to run. Default: all. */
  readonly only?: string;
}

/** Runs a suite to its end, many cases at once. */
export async function collect(
  options: Omit<SuiteOptions, "test">,
  { limit = 20_000, only = "" }: CollectOptions = {},
): Promise<Collected> {
  const waiting: [string, () => Promise<void>][] = [];
  const test: TestFunction = (name, run) => {
    if (name.startsWith(only)) waiting.push([name, run]);
  };
  const registered = suite({ ...options, test });
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, run] = next;
      outcomes.push({ name, failure: await failureOf(run, limit) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { registered, outcomes };
}

/** The names of the cases that failed, with why. */
export function failures({ outcomes }: Collected): string[] {
  return outcomes.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name}: ${failure}`],
  );
}

async function failureOf(run: () => Promise<void>, limit: number): Promise<string | undefined> {
  const stop = new AbortController();
  const late = sleep(limit, `took longer than ${limit} ms`, { signal: stop.signal });
  try {
    return await Promise.race([run().then(() => undefined), late]);
  } catch (error) {
    return String(error);
  } finally {
    stop.abort();
    late.catch(() => {}); // The abort ends it with an error.
  }
}
