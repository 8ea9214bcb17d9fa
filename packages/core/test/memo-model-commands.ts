import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect } from "@jest/globals";
import fc from "fast-check";
import type { MemoModel } from "./memo-model.ts";
import type { Setup } from "./memo-model-setup.ts";
import { tagNames } from "./memo-model-setup.ts";
import type { MemoSubject } from "./memo-model-subject.ts";

/** Two instances, called with two arguments. */
const keys = ["a0", "a1", "b0"] as const;

type Command = fc.AsyncCommand<MemoModel, MemoSubject>;

/** One step of a schedule, done to the model and to the real thing, and what they tell then compared. */
abstract class Step implements Command {
  /** Whether the handle is asked, too, which itself looks for invalidations. */
  readonly #asks: boolean;

  constructor(asks: boolean) {
    this.#asks = asks;
  }

  abstract toString(): string;

  /** Both, and compares what they answer. */
  protected abstract take(model: MemoModel, subject: MemoSubject): unknown;

  check(_model: Readonly<MemoModel>): boolean {
    return true;
  }

  async run(model: MemoModel, subject: MemoSubject): Promise<void> {
    await this.take(model, subject);
    await compare(model, subject, this.#asks);
  }
}

class CallStep extends Step {
  readonly #key: string;
  readonly #isForced: boolean;
  readonly #signal: "none" | "given" | "aborted";

  constructor(key: string, isForced: boolean, signal: "none" | "given" | "aborted", asks: boolean) {
    super(asks);
    this.#key = key;
    this.#isForced = isForced;
    this.#signal = signal;
  }

  protected take(model: MemoModel, subject: MemoSubject): void {
    model.call(this.#key, this.#isForced, this.#signal);
    subject.call(this.#key, this.#isForced, this.#signal);
  }

  toString(): string {
    return `${this.#isForced ? "refresh" : "call"} ${this.#key}, signal ${this.#signal}`;
  }
}

class SettleStep extends Step {
  readonly #which: number;
  readonly #fails: boolean;

  constructor(which: number, fails: boolean, asks: boolean) {
    super(asks);
    this.#which = which;
    this.#fails = fails;
  }

  override check(model: Readonly<MemoModel>): boolean {
    return model.running().length > 0;
  }

  protected take(model: MemoModel, subject: MemoSubject): void {
    const running = model.running();
    const id = running[this.#which % running.length]?.id ?? NaN;
    model.settle(id, this.#fails);
    subject.settle(id, this.#fails);
  }

  toString(): string {
    return `computation ${this.#which} ${this.#fails ? "fails" : "succeeds"}`;
  }
}

class AbortStep extends Step {
  readonly #which: number;

  constructor(which: number, asks: boolean) {
    super(asks);
    this.#which = which;
  }

  override check(model: Readonly<MemoModel>): boolean {
    return model.abortable().length > 0;
  }

  protected take(model: MemoModel, subject: MemoSubject): void {
    const abortable = model.abortable();
    const id = abortable[this.#which % abortable.length] ?? NaN;
    model.abort(id);
    subject.abort(id);
  }

  toString(): string {
    return `abort ${this.#which}`;
  }
}

class ClockStep extends Step {
  readonly #milliseconds: number;
  /** Counted from an instant at which something changes, where there is one. */
  readonly #boundary: number | undefined;

  constructor(milliseconds: number, boundary: number | undefined, asks: boolean) {
    super(asks);
    this.#milliseconds = milliseconds;
    this.#boundary = boundary;
  }

  protected take({ remembered }: MemoModel, { clock }: MemoSubject): void {
    const boundaries = remembered.boundaries();
    const boundary =
      this.#boundary === undefined ? undefined : boundaries[this.#boundary % boundaries.length];
    const to = (boundary ?? remembered.now) + this.#milliseconds;
    clock.advance(to - remembered.now);
    remembered.now = to;
  }

  toString(): string {
    const from = this.#boundary === undefined ? "now" : `boundary ${this.#boundary}`;
    return `clock to ${from} + ${this.#milliseconds}`;
  }
}

class HandStep extends Step {
  readonly #what: "set" | "invalidate" | "expire" | "clear" | "configure";
  readonly #key: string;
  readonly #n: number;

  constructor(
    what: "set" | "invalidate" | "expire" | "clear" | "configure",
    key: string,
    n: number,
    asks: boolean,
  ) {
    super(asks);
    this.#what = what;
    this.#key = key;
    this.#n = n;
  }

  protected async take(model: MemoModel, subject: MemoSubject): Promise<void> {
    const expected = model[this.#what](this.#key, this.#n);
    const answer = await subject[this.#what](this.#key, this.#n);
    if (expected !== undefined) expect(answer).toBe(expected);
  }

  toString(): string {
    return `${this.#what} ${this.#key}${this.#what === "set" ? ` to ${this.#n}` : ""}`;
  }
}

class TagsStep extends Step {
  readonly #tags: readonly string[];

  constructor(tags: readonly string[], asks: boolean) {
    super(asks);
    this.#tags = tags;
  }

  protected async take(model: MemoModel, subject: MemoSubject): Promise<void> {
    model.invalidateTags(this.#tags);
    await subject.invalidateTags(this.#tags);
  }

  toString(): string {
    return `invalidateTags ${this.#tags.join(", ")}`;
  }
}

/** Schedules of at most so many steps. */
export function schedules(
  { tags, singleFlight }: Setup,
  isShared: boolean,
  maxCommands: number,
): fc.Arbitrary<Iterable<Command>> {
  const asks = fc.boolean();
  const key = fc.constantFrom(...keys);
  const which = fc.nat({ max: 5 });
  const signal = fc.constantFrom("none", "none", "given", "given", "given", "aborted");
  const settle = fc
    .tuple(which, fc.constantFrom(false, false, true), asks)
    .map((of) => new SettleStep(...of));
  const call = fc.tuple(key, fc.constant(false), signal, asks).map((of) => new CallStep(...of));
  const refresh = fc.tuple(key, fc.constant(true), signal, asks).map((of) => new CallStep(...of));
  const small = fc.integer({ min: 1, max: 3000 });
  const jump = fc.oneof(small, fc.constant(1_000_000), fc.integer({ min: -12_000, max: -1 }));
  const clock = fc.oneof(
    fc.tuple(jump, fc.constant(undefined), asks).map((of) => new ClockStep(...of)),
    fc.tuple(fc.constantFrom(-1, 0, 0, 0, 1), which, asks).map((of) => new ClockStep(...of)),
  );
  const what = fc.constantFrom("set", "set", "invalidate", "expire", "clear");
  const n = fc.integer({ min: 1000, max: 1011 });
  const hand = fc.tuple(what, key, n, asks).map((of) => new HandStep(...of));
  const ended = fc.subarray([...tagNames], { minLength: 1, maxLength: 2 });
  const invalidation = fc.tuple(ended, asks).map((of) => new TagsStep(...of));
  const abort = fc.tuple(which, asks).map((of) => new AbortStep(...of));
  const configure = asks.map((asked) => new HandStep("configure", "", 0, asked));
  const steps: fc.Arbitrary<Command>[] = [
    call,
    call,
    call,
    call,
    settle,
    settle,
    settle,
    clock,
    clock,
    hand,
    abort,
  ];
  // How much stays at hand of what is computed meanwhile is not promised where processes share.
  if (!isShared) steps.push(configure);
  // Without single flight an older computation that ends later takes a refreshed result away, where
  // that was told to other processes: the next call computes.
  if (!isShared || singleFlight !== false) steps.push(refresh);
  if (tags !== undefined) steps.push(invalidation);
  return fc.commands(steps, { maxCommands, size: "max" });
}

/** Lets every computation that is left succeed, and those that begin then. */
export async function finish(model: MemoModel, subject: MemoSubject): Promise<void> {
  for (let [next] = model.running(); next !== undefined; [next] = model.running()) {
    model.settle(next.id, false);
    subject.settle(next.id, false);
    await compare(model, subject, true);
  }
}

async function compare(model: MemoModel, subject: MemoSubject, asks: boolean): Promise<void> {
  // Everything that need not wait for a computation comes to its end in one turn of the event loop.
  await setImmediate();
  same(subject.calls(), model.calls());
  same(subject.running(), model.running());
  for (const name of subject.comparable) same(subject.counts()[name], model.counts()[name]);
  if (asks)
    for (const key of keys) same(await subject.remembered(key), model.remembered.recall(key));
  // The next step is to be in another turn, in which the engine looks for invalidations again.
  await setImmediate();
  await setImmediate();
}

/** Jest's own comparison takes many times as long: it is for the difference. */
function same(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}
