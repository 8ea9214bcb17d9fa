import type { Backend, Clock } from "@class-cache/mapping";
import { systemClock } from "@class-cache/mapping";
import { checkBackend, checkClock, checkFunction, checkNames } from "./check.ts";
import type { ReportFailure } from "./failure.ts";

/** What holds for the whole process where nothing nearer says otherwise. */
export interface ConfigureOptions {
  /** Where results are stored. Default: `fileBlocks()`. */
  readonly backend?: Backend | undefined;
  /** Decides what is fresh. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Told when a backend failed and the method answered all the same. Default: nothing is told. */
  readonly onError?: ReportFailure | undefined;
}

interface Configuration {
  backend: Backend | undefined;
  clock: Clock;
  onError: ReportFailure | undefined;
}

const configuration: Configuration = {
  backend: undefined,
  clock: systemClock,
  onError: undefined,
};

let revision = 0;
let fallback: Promise<Backend> | undefined;

/**
 * Sets defaults for the whole process, at any time: methods follow at their next call. Several calls
 * add up; an option given as `undefined` goes back to its default.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown option
 */
export function configure(options: ConfigureOptions): void {
  checkNames("configure", options, ["backend", "clock", "onError"]);
  const backend = checkBackend("configure({ backend })", options.backend);
  const clock = checkClock("configure({ clock })", options.clock);
  const onError = checkFunction("configure({ onError })", options.onError);
  if ("backend" in options) configuration.backend = backend;
  if ("clock" in options) configuration.clock = clock ?? systemClock;
  if ("onError" in options) configuration.onError = onError;
  revision += 1;
}

/** Grows with every `configure`, so that what was derived before can be renewed. */
export function configurationRevision(): number {
  return revision;
}

export function configuredClock(): Clock {
  return configuration.clock;
}

export function configuredOnError(): ReportFailure | undefined {
  return configuration.onError;
}

/** The configured backend; without one `fileBlocks()`, made and loaded when it is first needed. */
export function configuredBackend(): Backend | Promise<Backend> {
  if (configuration.backend !== undefined) return configuration.backend;
  fallback ??= openFallback();
  return fallback;
}

/** The same, unless that has to be loaded first. */
export function backendAtHand(): Backend | undefined {
  return configuration.backend;
}

async function openFallback(): Promise<Backend> {
  try {
    const { fileBlocks } = await import("@class-cache/file");
    return fileBlocks();
  } catch (error) {
    fallback = undefined;
    throw error;
  }
}
