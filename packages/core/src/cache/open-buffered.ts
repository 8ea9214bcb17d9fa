import type { Backend, Clock, Key } from "@class-cache/mapping";
import { structured, systemClock } from "@class-cache/mapping";
import { BufferedMapping } from "./buffered-mapping.ts";
import type { CheckedCacheOptions } from "./cache-options.ts";
import { errorChannel } from "../options/channels.ts";
import { configuredClock, configuredOnError } from "../options/configure.ts";
import type { FailedOperation } from "../options/failure.ts";
import { rawBytes } from "./raw-bytes.ts";

/** The mapping of a cache: the backend's, behind a buffer of changes. */
export function openBuffered<K extends Key, V>(
  id: string,
  backend: Backend,
  { limits, onError }: CheckedCacheOptions,
): BufferedMapping<K, V> {
  const clock = clockOf(backend);
  const report = (error: Error, operation: FailedOperation): void => {
    const context = { method: id, operation, key: undefined };
    if (errorChannel.hasSubscribers) errorChannel.publish({ error, ...context });
    try {
      (onError ?? configuredOnError())?.(error, context);
    } catch {
      // Nobody is left to be told.
    }
  };
  const damaged = (error: Error): void => report(error, "read");
  const below = backend.open<K, Uint8Array>(id, { codec: rawBytes, clock, onError: damaged });
  const codec = backend.codec ?? structured();
  const settings = { codec, clock, onError: damaged, lifetime: { ended: false } };
  return new BufferedMapping<K, V>(backend, below, settings, limits, report);
}

/** The clock that was configured, else the backend's own. */
function clockOf(backend: Backend): Clock {
  const configured = configuredClock();
  return configured === systemClock ? (backend.clock ?? configured) : configured;
}
