import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type {
  CallMessage,
  ComputedMessage,
  DivergenceMessage,
  ErrorMessage,
  HitMessage,
  MissMessage,
} from "@class-cache/core";
import type { Attributes } from "@opentelemetry/api";
import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";

const SCOPE = "@class-cache/examples";

type Listeners = Readonly<Record<string, (message: unknown) => void>>;

/**
 * Reports what class-cache does in this process to OpenTelemetry, by the globally registered providers:
 * counters, a histogram of computing time in seconds, and a span for each computation, within the span
 * of the call that it is for. Keys are left out of it: they contain the arguments.
 *
 * @returns ends it
 */
export function reportToOpenTelemetry(): Disposable {
  const listeners = { ...metricListeners(), ...errorListeners() };
  const subscribed: (readonly [string, (message: unknown) => void])[] = [
    ...Object.entries(listeners),
    ["class-cache:computed", spanOfComputation as (message: unknown) => void],
  ];
  for (const [channel, listener] of subscribed) subscribe(channel, listener);
  return {
    [Symbol.dispose](): void {
      for (const [channel, listener] of subscribed) unsubscribe(channel, listener);
    },
  };
}

function metricListeners(): Listeners {
  const meter = metrics.getMeter(SCOPE);
  const hits = meter.createCounter("class_cache.hits", { unit: "{call}" });
  const misses = meter.createCounter("class_cache.misses", { unit: "{computation}" });
  const stores = meter.createCounter("class_cache.stores", { unit: "{result}" });
  const timeSaved = meter.createCounter("class_cache.time_saved", { unit: "s" });
  const duration = meter.createHistogram("class_cache.compute.duration", { unit: "s" });
  return {
    "class-cache:hit": (message) => {
      const { source, stale, cost = 0 } = message as HitMessage;
      hits.add(1, { ...methodOf(message), source, stale });
      timeSaved.add(cost / 1000, methodOf(message));
    },
    "class-cache:miss": (message) => {
      const { background } = message as MissMessage;
      misses.add(1, { ...methodOf(message), background });
    },
    "class-cache:store": (message) => stores.add(1, methodOf(message)),
    "class-cache:computed": (message) => {
      const { cost, failed } = message as ComputedMessage;
      duration.record(cost / 1000, { ...methodOf(message), failed });
    },
  };
}

function errorListeners(): Listeners {
  const meter = metrics.getMeter(SCOPE);
  const errors = meter.createCounter("class_cache.errors", { unit: "{error}" });
  const divergences = meter.createCounter("class_cache.divergences", { unit: "{result}" });
  return {
    "class-cache:error": (message) => {
      const { error, operation } = message as ErrorMessage;
      errors.add(1, { ...methodOf(message), ...(operation === undefined ? {} : { operation }) });
      trace.getActiveSpan()?.recordException(error);
    },
    "class-cache:divergence": (message) => {
      divergences.add(1, methodOf(message as DivergenceMessage));
    },
  };
}

/** A span that is over already: the message comes at the end, in the context of the call. */
function spanOfComputation({ method, cost, background, failed, error }: ComputedMessage): void {
  const end = Date.now();
  const span = trace.getTracer(SCOPE).startSpan(`compute ${method}`, {
    startTime: end - cost,
    attributes: { "code.function.name": method, "class_cache.background": background },
  });
  if (failed) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.recordException(error instanceof Error ? error : String(error));
  }
  span.end(end);
}

/** A mapping or backend that is used by itself has no method. */
function methodOf(message: unknown): Attributes {
  const { method } = message as Partial<CallMessage>;
  return method === undefined ? {} : { "code.function.name": method };
}
