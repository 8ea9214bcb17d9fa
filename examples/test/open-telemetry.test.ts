import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { cached, configure } from "@class-cache/core";
import { reportToOpenTelemetry } from "@class-cache/examples";
import { memory } from "@class-cache/mapping";
import type {
  Attributes,
  Context,
  ContextManager,
  Meter,
  Span,
  SpanOptions,
  SpanStatus,
  Tracer,
} from "@opentelemetry/api";
import {
  context,
  createNoopMeter,
  metrics,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly attributes: Attributes | undefined;
}

/** A meter that keeps what its counters and histograms are given. */
function recordingMeter(measurements: Measurement[]): Meter {
  const record = (name: string) => (value: number, attributes?: Attributes) => {
    measurements.push({ name, value, attributes });
  };
  return Object.assign(createNoopMeter(), {
    createCounter: (name: string) => ({ add: record(name) }),
    createHistogram: (name: string) => ({ record: record(name) }),
  });
}

interface SeenSpan {
  readonly name: string;
  readonly options: SpanOptions | undefined;
  /** The span that it is within. */
  readonly parent: string | undefined;
  status: SpanStatus | undefined;
  exception: unknown;
  end: unknown;
}

const SPAN_CONTEXT = { traceId: "1".repeat(32), traceFlags: 1 };

/** A tracer that keeps its spans; they are numbered from 1. */
function recordingTracer(spans: SeenSpan[]): Tracer {
  const startSpan = (name: string, options?: SpanOptions, parent = context.active()): Span => {
    const within = trace.getSpanContext(parent)?.spanId;
    const seen: SeenSpan = {
      name,
      options,
      parent: within,
      status: undefined,
      exception: undefined,
      end: undefined,
    };
    spans.push(seen);
    const spanId = String(spans.length).padStart(16, "0");
    const span = trace.wrapSpanContext({ ...SPAN_CONTEXT, spanId });
    return Object.assign(span, {
      setStatus: (status: SpanStatus) => {
        seen.status = status;
        return span;
      },
      recordException: (exception: unknown) => {
        seen.exception = exception;
      },
      end: (end: unknown) => {
        seen.end = end;
      },
    });
  };
  return { startSpan, startActiveSpan: () => undefined as never };
}

/** Follows the active span through asynchronous calls, as the SDK for Node.js does. */
class AsyncContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<Args extends unknown[], Run extends (...args: Args) => ReturnType<Run>>(
    active: Context,
    run: Run,
    thisArg?: ThisParameterType<Run>,
    ...args: Args
  ): ReturnType<Run> {
    return this.#storage.run(active, () => run.call(thisArg, ...args));
  }

  bind<T>(_active: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

describe("reportToOpenTelemetry", () => {
  const measurements: Measurement[] = [];
  const spans: SeenSpan[] = [];
  let reporting: Disposable;

  beforeEach(() => {
    measurements.length = 0;
    spans.length = 0;
    configure({ backend: memory() });
    context.setGlobalContextManager(new AsyncContext());
    metrics.setGlobalMeterProvider({ getMeter: () => recordingMeter(measurements) });
    trace.setGlobalTracerProvider({ getTracer: () => recordingTracer(spans) });
    reporting = reportToOpenTelemetry();
  });

  afterEach(() => {
    reporting[Symbol.dispose]();
    for (const api of [context, metrics, trace]) api.disable();
    configure({ backend: undefined });
  });

  class Traced {
    @cached() async work(n: number): Promise<number> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (n < 0) throw new RangeError("negative");
      return n;
    }
  }

  test("counts hits, misses and stores, and measures computing in seconds", async () => {
    const traced = new Traced();
    await traced.work(1);
    await traced.work(1);
    const of = { "code.function.name": "Traced.work" };
    expect(measurements).toEqual([
      { name: "class_cache.misses", value: 1, attributes: { ...of, background: false } },
      {
        name: "class_cache.compute.duration",
        value: expect.any(Number),
        attributes: { ...of, failed: false },
      },
      { name: "class_cache.stores", value: 1, attributes: of },
      {
        name: "class_cache.hits",
        value: 1,
        attributes: { ...of, source: "memory", stale: false },
      },
      { name: "class_cache.time_saved", value: expect.any(Number), attributes: of },
    ]);
    for (const name of ["class_cache.compute.duration", "class_cache.time_saved"]) {
      const seconds = measurements.find((each) => each.name === name)?.value;
      expect(seconds).toBeGreaterThan(0.015);
      expect(seconds).toBeLessThan(15);
    }
  });

  test("makes a span of each computation, within the span of its call", async () => {
    const traced = new Traced();
    const tracer = trace.getTracer("test");
    const calling = tracer.startSpan("calling");
    await context.with(trace.setSpan(context.active(), calling), async () => {
      await traced.work(1);
      await traced.work(1);
    });
    expect(spans.map(({ name }) => name)).toEqual(["calling", "compute Traced.work"]);
    const [, computing] = spans;
    expect(computing?.parent).toBe(calling.spanContext().spanId);
    expect(computing?.status).toBeUndefined();
    const took = Number(computing?.end) - Number(computing?.options?.startTime);
    expect(took).toBeGreaterThan(15);
    expect(took).toBeLessThan(15_000);
  });

  test("marks the span of a computation that failed", async () => {
    await expect(new Traced().work(-1)).rejects.toThrow("negative");
    expect(spans).toMatchObject([
      {
        name: "compute Traced.work",
        status: { code: SpanStatusCode.ERROR },
        exception: { message: "negative" },
      },
    ]);
    expect(measurements.at(-1)?.attributes).toMatchObject({ failed: true });
  });

  test("counts failures of the backend, and divergences", async () => {
    class Diverging {
      @cached({ verify: 1 }) async count(): Promise<number> {
        return (count += 1);
      }
    }
    let count = 0;
    const diverging = new Diverging();
    await diverging.count();
    await diverging.count();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const of = { "code.function.name": "Diverging.count" };
    expect(measurements.slice(-2)).toEqual([
      { name: "class_cache.divergences", value: 1, attributes: of },
      { name: "class_cache.errors", value: 1, attributes: { ...of, operation: "verify" } },
    ]);
  });

  test("ends when it is disposed of", async () => {
    reporting[Symbol.dispose]();
    await new Traced().work(2);
    expect([measurements, spans]).toEqual([[], []]);
  });
});
