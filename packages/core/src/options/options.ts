import type { Backend, Key } from "@class-cache/mapping";
import { OptionError } from "@class-cache/mapping";
import {
  checkBackend,
  checkBoolean,
  checkCount,
  checkFunction,
  checkId,
  checkNames,
  checkVersion,
} from "./check.ts";
import type { Duration } from "./duration.ts";
import { milliseconds } from "./duration.ts";
import type { ReportFailure } from "./failure.ts";
import type { FreshnessSettings, Lifetime } from "./freshness.ts";
import type { Loose } from "./only-async.ts";

/** The call that an option's callback is asked about. */
export interface CallContext<This = Loose, Args extends readonly Loose[] = Loose> {
  /** What the method was called on; undefined for a function. */
  readonly instance: This;
  /** The class and the method, as in `Embedder.embed`; the id of a function. */
  readonly method: string;
  readonly args: Args;
}

/** How much of a method's results one process keeps at hand, in front of the backend. */
export interface MemoryOptions {
  /** Results of one method of one class. Default: 1000. `Infinity`: no limit. */
  readonly maxEntries?: number | undefined;
  /** Bytes of the encoded results of one method of one class. Default: 32 MiB. `Infinity`: no limit. */
  readonly maxBytes?: number | undefined;
}

/** What `cached` and `memoize` have in common. Everything may be left out. */
export interface MemoOptions<Args extends readonly Loose[] = Loose, Value = Loose, This = Loose> {
  /**
   * Part of the key: change it when the method's results change. `"source"` stands for the method's
   * own source text, which does not see changes in what it calls. Default: none.
   */
  readonly version?: number | string | undefined;
  /** Where results are stored. Default: the class's, else as `configure` says. */
  readonly backend?: Backend | undefined;
  /**
   * How long a result is good for: milliseconds, a text such as `"10m"`, or a function of the result
   * that gives either. 0 keeps nothing. Default: for ever.
   */
  readonly ttl?: Duration | ((value: Value) => Duration) | undefined;
  /**
   * For how long a result past its `ttl` is still the answer, while it is computed anew in the
   * background. Default: not at all.
   */
  readonly staleWhileRevalidate?: Duration | undefined;
  /**
   * For how long a result past its `ttl` is the answer where computing it anew fails. After a failure it
   * is the answer at once for a second, and twice as long after each further one, up to a minute.
   * Default: not at all.
   */
  readonly staleIfError?: Duration | undefined;
  /**
   * A call in the last so long of a result's time gets it, and has it computed anew in the background: a
   * duration or, below 1, a share of the `ttl`. Default: not at all.
   */
  readonly refreshAhead?: Duration | undefined;
  /**
   * By which share of it the `ttl` may be shorter, at random for each result, so that what was stored
   * together does not end together: from 0 to 1. Default: 0.
   */
  readonly jitter?: number | undefined;
  /**
   * How long a call waits before it is answered with a result that `staleIfError` lets it have; the
   * computation goes on. Default: as long as it takes.
   */
  readonly softTimeout?: Duration | undefined;
  /**
   * How long a call waits at all before it rejects with `ERR_TIMEOUT`; the computation goes on, and its
   * result is remembered. Default: as long as it takes.
   */
  readonly hardTimeout?: Duration | undefined;
  /**
   * Whether what the method rejects with is remembered: `true`, as long as a result would be; or a
   * function of the error that says how long, 0 for not at all. Default: false.
   */
  readonly cacheErrors?: boolean | ((error: Loose) => Duration) | undefined;
  /** Names under which `invalidateTags` finds a result. Default: none. */
  readonly tags?:
    ((value: Value, args: Args, context: CallContext<This, Args>) => readonly string[]) | undefined;
  /** Stands for the arguments in the key. Given the arguments without abort signals. */
  readonly key?: ((args: Args, context: CallContext<This, Args>) => Key) | undefined;
  /** Positions, from 0, of arguments that do not change the result. Default: none. */
  readonly ignoreArgs?: readonly number[] | undefined;
  /** Whether a result is worth remembering. Default: always. */
  readonly shouldCache?: ((value: Value, context: CallContext<This, Args>) => boolean) | undefined;
  /** How many results of this method are computed at the same time. Default: no limit. */
  readonly concurrency?: number | undefined;
  /** How much is kept at hand in this process; `false`: nothing. Default: see `MemoryOptions`. */
  readonly memory?: MemoryOptions | false | undefined;
  /**
   * `true`: every caller gets a copy of its own. `false`: callers in this process share one object,
   * which none of them may change. Default: true.
   */
  readonly isolate?: boolean | undefined;
  /**
   * Whether to compute and store anew whatever is remembered. Calls at the same time still share one
   * computation. Default: false.
   */
  readonly forceFresh?:
    boolean | ((args: Args, context: CallContext<This, Args>) => boolean) | undefined;
  /** Told when the backend failed and the method answered all the same. Default: as `configure` says. */
  readonly onError?: ReportFailure | undefined;
  /**
   * Calls of one key at the same time compute once: `"shared"`, among all processes that share the
   * backend; `"process"`, among those of this process. `false`: each computes. Default: `"shared"`.
   */
  readonly singleFlight?: SingleFlight | undefined;
  /**
   * Which share of the calls that are answered with a fresh result has it computed once more, in the
   * background, and compared: from 0 to 1. A difference is reported with `ERR_DIVERGENCE`. Default: 0.
   */
  readonly verify?: number | undefined;
}

/** Among whom calls of one key at the same time compute once. */
export type SingleFlight = "shared" | "process" | false;

/** What `cached` takes. */
export interface CachedOptions<
  Args extends readonly Loose[] = Loose,
  Value = Loose,
  This = Loose,
> extends MemoOptions<Args, Value, This> {
  /** Stands for the method's name, so that it can be renamed and keep its results. */
  readonly id?: string | undefined;
}

/** Options with every default settled. */
export interface MemoSettings extends FreshnessSettings {
  readonly id: string | undefined;
  readonly version: number | string | undefined;
  readonly backend: Backend | undefined;
  /** Infinity: no limit. */
  readonly softTimeout: number;
  /** Infinity: no limit. */
  readonly hardTimeout: number;
  readonly cacheErrors: boolean | ((error: unknown) => Duration);
  /** What errors name a bad `cacheErrors` result by. */
  readonly cacheErrorsOption: string;
  readonly tags:
    | ((value: unknown, args: readonly unknown[], context: CallContext) => readonly string[])
    | undefined;
  readonly key: ((args: readonly unknown[], context: CallContext) => Key) | undefined;
  readonly ignoreArgs: readonly number[];
  readonly shouldCache: ((value: unknown, context: CallContext) => boolean) | undefined;
  /** Infinity: no limit. */
  readonly concurrency: number;
  readonly memory: { readonly maxEntries: number; readonly maxBytes: number } | undefined;
  readonly isolate: boolean;
  readonly forceFresh: boolean | ((args: readonly unknown[], context: CallContext) => boolean);
  readonly onError: ReportFailure | undefined;
  readonly singleFlight: SingleFlight;
  readonly verify: number;
}

const NAMES: readonly string[] = [
  "id",
  "version",
  "backend",
  "ttl",
  "staleWhileRevalidate",
  "staleIfError",
  "refreshAhead",
  "jitter",
  "softTimeout",
  "hardTimeout",
  "cacheErrors",
  "tags",
  "key",
  "ignoreArgs",
  "shouldCache",
  "concurrency",
  "memory",
  "isolate",
  "forceFresh",
  "onError",
  "singleFlight",
  "verify",
];
const DEFAULT_MAX_ENTRIES = 1000;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Checks options and settles their defaults.
 *
 * @param of the function that was given them, for error messages
 * @throws OptionError
 */
export function settle(of: string, options: CachedOptions): MemoSettings {
  checkNames(of, options, NAMES);
  const name = (option: string): string => `${of}({ ${option} })`;
  return {
    id: checkId(name("id"), options.id),
    version: checkVersion(name("version"), options.version),
    backend: checkBackend(name("backend"), options.backend),
    ttl: checkTtl(name("ttl"), options.ttl),
    ttlOption: name("ttl"),
    staleWhileRevalidate: checkDuration(
      name("staleWhileRevalidate"),
      options.staleWhileRevalidate,
      0,
    ),
    staleIfError: checkDuration(name("staleIfError"), options.staleIfError, 0),
    refreshAhead: checkDuration(name("refreshAhead"), options.refreshAhead, 0),
    jitter: checkShare(name("jitter"), options.jitter) ?? 0,
    softTimeout: checkDuration(name("softTimeout"), options.softTimeout, Infinity),
    hardTimeout: checkDuration(name("hardTimeout"), options.hardTimeout, Infinity),
    cacheErrors:
      typeof options.cacheErrors === "function"
        ? options.cacheErrors
        : (checkBoolean(name("cacheErrors"), options.cacheErrors) ?? false),
    cacheErrorsOption: name("cacheErrors"),
    tags: checkTags(name("tags"), options.tags),
    key: checkFunction(name("key"), options.key),
    ignoreArgs: checkPositions(name("ignoreArgs"), options.ignoreArgs),
    shouldCache: checkFunction(name("shouldCache"), options.shouldCache),
    concurrency: checkCount(name("concurrency"), options.concurrency, 1) ?? Infinity,
    memory: checkMemory(name("memory"), options.memory),
    isolate: checkBoolean(name("isolate"), options.isolate) ?? true,
    forceFresh:
      typeof options.forceFresh === "function"
        ? options.forceFresh
        : (checkBoolean(name("forceFresh"), options.forceFresh) ?? false),
    onError: checkFunction(name("onError"), options.onError),
    singleFlight: checkSingleFlight(name("singleFlight"), options.singleFlight),
    verify: checkShare(name("verify"), options.verify) ?? 0,
  };
}

function checkTtl(option: string, ttl: CachedOptions["ttl"]): Lifetime {
  if (ttl === undefined) return Infinity;
  return typeof ttl === "function" ? ttl : milliseconds(option, ttl);
}

/** What gives tags that `invalidateTags` could not find is refused, as that of a misspelt tag. */
function checkTags(option: string, tags: CachedOptions["tags"]): MemoSettings["tags"] {
  const tagsOf = checkFunction(option, tags);
  if (tagsOf === undefined) return undefined;
  return (value, args, context) => {
    const names: unknown = tagsOf(value, args, context) ?? [];
    if (Array.isArray(names) && names.every((each) => typeof each === "string")) return names;
    throw new OptionError(`The result of ${option}`, "an array of strings", names);
  };
}

function checkPositions(
  option: string,
  positions: readonly number[] | undefined,
): readonly number[] {
  if (positions === undefined) return [];
  const valid =
    Array.isArray(positions) && positions.every((at) => Number.isSafeInteger(at) && at >= 0);
  if (!valid) throw new OptionError(option, "an array of argument positions from 0", positions);
  return [...positions];
}

function checkMemory(option: string, memory: CachedOptions["memory"]): MemoSettings["memory"] {
  if (memory === false) return undefined;
  if (memory !== undefined && (typeof memory !== "object" || memory === null)) {
    throw new OptionError(option, "{ maxEntries, maxBytes } or false", memory);
  }
  const { maxEntries, maxBytes, ...others } = memory ?? {};
  checkNames(option, others, ["maxEntries", "maxBytes"]);
  return {
    maxEntries: checkCount(`${option}.maxEntries`, maxEntries, 1) ?? DEFAULT_MAX_ENTRIES,
    maxBytes: checkCount(`${option}.maxBytes`, maxBytes, 1) ?? DEFAULT_MAX_BYTES,
  };
}

function checkDuration(option: string, given: Duration | undefined, otherwise: number): number {
  return given === undefined ? otherwise : milliseconds(option, given);
}

function checkShare(option: string, given: number | undefined): number | undefined {
  if (given === undefined || (typeof given === "number" && given >= 0 && given <= 1)) return given;
  throw new OptionError(option, "a number from 0 to 1", given);
}

function checkSingleFlight(option: string, given: CachedOptions["singleFlight"]): SingleFlight {
  if (given === undefined) return "shared";
  if (given === "shared" || given === "process" || given === false) return given;
  throw new OptionError(option, '"shared", "process" or false', given);
}
