import { channel } from "node:diagnostics_channel";
import type { BackendOptions, OpenOptions, ReportError } from "./backend.ts";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { checkClock, checkCodec, checkFunction, checkOptions } from "./check-option.ts";
import type { ValueCodec } from "./codec/codec.ts";
import { structured } from "./codec/structured.ts";
import { Eviction } from "./eviction.ts";

/** What a backend works with once every default is settled. */
export interface BackendSettings {
  readonly codec: ValueCodec;
  readonly clock: Clock;
  readonly onError: ReportError;
  /** The order in which entries go. Default: those stored longest ago. */
  readonly eviction?: Eviction | undefined;
}

/** Whether the backend that a mapping was opened from has been closed. */
export interface Lifetime {
  ended: boolean;
}

/** What a mapping works with once every default is settled. */
export interface MappingSettings extends BackendSettings {
  readonly lifetime: Lifetime;
}

const errors = channel("class-cache:error");

/** Publishes on the diagnostics channel `class-cache:error`. */
export function publishError(error: Error): void {
  if (errors.hasSubscribers) errors.publish({ error });
}

/**
 * The settings of a backend whose user gave these options. Explicit `undefined` is the default.
 *
 * @param where the name of the factory, for errors
 */
export function backendSettings(options: BackendOptions, where: string): BackendSettings {
  const clock = checkClock(checkOptions(options, where).clock) ?? systemClock;
  const { codec } = options;
  return {
    codec: codec === undefined ? structured() : checkCodec(codec, "codec"),
    clock,
    onError: publishError,
    eviction: new Eviction(options, where, () => clock.now()),
  };
}

/** The settings of one mapping: its own where given, else the backend's. */
export function mappingSettings(
  backend: BackendSettings,
  options: OpenOptions,
  lifetime: Lifetime,
): MappingSettings {
  const { codec, clock, onError } = checkOptions(options, "open(id, options)");
  return {
    codec: codec === undefined ? backend.codec : checkCodec(codec, "codec"),
    clock: checkClock(clock) ?? backend.clock,
    onError: onError === undefined ? backend.onError : harmless(checkFunction(onError, "onError")),
    eviction: backend.eviction,
    lifetime,
  };
}

/** For each function the same, so that who is told through several handles is told once. */
const harmlessOf = new WeakMap<ReportError, ReportError>();

/** What a report throws, or rejects with, is published: it is not for who reads or writes. */
function harmless(report: ReportError): ReportError {
  const known = harmlessOf.get(report);
  if (known !== undefined) return known;
  const tell: ReportError = (error) => {
    try {
      const told: unknown = report(error);
      if (told instanceof Promise) told.catch(publishError);
    } catch (failure) {
      publishError(failure as Error);
    }
  };
  harmlessOf.set(report, tell);
  return tell;
}
