import { channel } from "node:diagnostics_channel";
import type { BackendOptions, OpenOptions, ReportError } from "./backend.ts";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import type { ValueCodec } from "./codec/codec.ts";
import { structured } from "./codec/structured.ts";
import { OptionError } from "./errors.ts";
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
  const clock = checkClock(options.clock) ?? systemClock;
  return {
    codec: checkCodec(options.codec) ?? structured(),
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
  return {
    codec: checkCodec(options.codec) ?? backend.codec,
    clock: checkClock(options.clock) ?? backend.clock,
    onError: options.onError ?? backend.onError,
    eviction: backend.eviction,
    lifetime,
  };
}

function checkCodec(codec: ValueCodec | undefined): ValueCodec | undefined {
  if (codec === undefined) return undefined;
  if (typeof codec?.encode !== "function" || typeof codec.decode !== "function") {
    throw new OptionError("codec", "a value codec, such as structured() or json()", codec);
  }
  return codec;
}

function checkClock(clock: Clock | undefined): Clock | undefined {
  if (clock !== undefined && typeof clock?.now !== "function") {
    throw new OptionError("clock", "an object with a now() method", clock);
  }
  return clock;
}
