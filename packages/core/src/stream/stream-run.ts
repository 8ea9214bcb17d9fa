import type { Recorder } from "./recorder.ts";
import type { Lease } from "@class-cache/mapping";
import type { Flight } from "../memo/single-flight.ts";
import type { StreamItems } from "./stream-items.ts";
import type { BareStep } from "./stream-track.ts";
import { LostItems } from "./stream-track.ts";

/** Nobody asks for so many milliseconds: other processes need not wait for this one any longer. */
const IDLE_MS = 2000;

/** The method's own generator, wherever it runs. */
export interface RunningMethod {
  /** Its next step, as `next()` of the generator gives it. */
  step(): Promise<IteratorResult<unknown, unknown>>;
  stop(): Promise<void>;
}

/** What a run needs to know of the method and the store. */
export interface RunPlace {
  readonly items: StreamItems;
  readonly recorder: Recorder;
  readonly method: RunningMethod;
  /** Stores what was recorded. @returns whether it is stored */
  keep(returned: unknown, end: Uint8Array): Promise<boolean>;
  keepError(error: unknown): Promise<boolean>;
  /** Told of an item that cannot be stored. */
  report(error: unknown): void;
  /** Told when the run is over. */
  ended(): void;
}

type End = { readonly frame: Uint8Array } | { readonly thrown: unknown };

/**
 * A live run of the method, recorded while it goes on, as fast as the first of its consumers asks. An
 * item that cannot be copied makes the run the one consumer's who takes it: it goes on bare, and all
 * others lose it. So does a flight that turns out to be diverted; its run is the first consumer's.
 */
export class LiveRun {
  readonly recorder: Recorder;
  readonly #flight: Flight;
  readonly #place: RunPlace;
  #turn: Lease | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stepping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #end: End | undefined;
  #isOver = false;
  #isKept = false;
  readonly #first: object | undefined;
  #isBare = false;
  /** Who alone may have bare steps. */
  #owner: object | undefined;
  /** Gives the bare step that nobody has taken yet; throws where the method did. */
  #offered: (() => BareStep) | undefined;

  /**
   * @param turn the right to be the only one, given back at the end or when nobody asks for long
   * @param first the consumer whose call it is
   */
  constructor(flight: Flight, place: RunPlace, turn: Lease | undefined, first: object | undefined) {
    this.#flight = flight;
    this.#place = place;
    this.recorder = place.recorder;
    this.#turn = turn;
    this.#first = first;
  }

  /** The method has returned or thrown: there is nothing left to stop. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get end(): End | undefined {
    return this.#end;
  }

  /** What the method gives is not recorded any more. */
  get isBare(): boolean {
    return this.#isBare;
  }

  /** Has the method go one step further, for everybody who waits for that. */
  advance(): Promise<void> {
    this.#stepping ??= this.#advance().finally(() => {
      this.#stepping = undefined;
      this.#watchIdle();
    });
    return this.#stepping;
  }

  /** The next step for the one consumer that may have it. @throws LostItems for any other */
  async bareStep(consumer: object): Promise<BareStep> {
    this.#owner ??= consumer;
    if (this.#owner !== consumer) throw new LostItems("The items cannot be copied.");
    const offered = this.#offered;
    this.#offered = undefined;
    try {
      if (offered !== undefined) return this.#given(offered());
      const { done = false, value } = await this.#place.method.step();
      return this.#given({ done, value });
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  /** Whether the run is of no use to anybody once this consumer has left. */
  isOwnedBy(consumer: object): boolean {
    return this.#owner === consumer;
  }

  /** Everybody has left. @param isGone nobody waits for the method to stop */
  async close(isGone: boolean): Promise<void> {
    clearTimeout(this.#idle);
    const isStepping = this.#stepping !== undefined;
    const closed = (this.#closing ??= this.#close());
    // A step that is under way ends first, which may take long.
    if (isGone || isStepping) closed.catch(() => undefined);
    else await closed;
  }

  async #close(): Promise<void> {
    try {
      if (!this.#isOver) await this.#place.method.stop();
    } finally {
      await this.#stepping?.catch(() => undefined);
      this.#place.ended();
      await this.#giveTurnBack();
      if (!this.#isKept) await this.recorder.close(false);
    }
  }

  async #advance(): Promise<void> {
    clearTimeout(this.#idle);
    let step: IteratorResult<unknown, unknown>;
    try {
      step = await this.#place.method.step();
    } catch (error) {
      const rethrow = (): never => {
        throw error;
      };
      if (this.#flight.diverted) await this.#goBare(rethrow);
      else await this.#finish({ thrown: error }, () => this.#place.keepError(error));
      return;
    }
    const { done = false, value } = step;
    if (this.#flight.diverted) return this.#goBare(() => ({ done, value }));
    let frame: Uint8Array;
    try {
      frame = await this.#place.items.frame(value);
    } catch (error) {
      this.#place.report(error);
      return this.#goBare(() => ({ done, value }));
    }
    if (done) await this.#finish({ frame }, () => this.#place.keep(value, frame));
    else await this.recorder.add(frame);
  }

  async #goBare(offer: () => BareStep): Promise<void> {
    this.#flight.close();
    if (this.#flight.diverted) this.#owner = this.#first;
    this.#offered = offer;
    this.#isBare = true;
    await this.#giveTurnBack();
  }

  #given(step: BareStep): BareStep {
    if (step.done) this.#isOver = true;
    return step;
  }

  async #finish(end: End, keep: () => Promise<boolean>): Promise<void> {
    this.#isOver = true;
    try {
      this.#isKept = await keep();
      this.#end = end;
    } catch (error) {
      this.#end = { thrown: error };
    }
    this.#place.ended();
    if (this.#isKept) await this.recorder.close(true);
    await this.#giveTurnBack();
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    if (this.#turn === undefined) return;
    this.#idle = setTimeout(() => void this.#giveTurnBack(), IDLE_MS).unref();
  }

  async #giveTurnBack(): Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    this.#flight.leaseName = undefined;
    // The process's end gives back what could not be given back now.
    await turn?.release().catch(() => undefined);
  }
}
