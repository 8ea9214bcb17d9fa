/** The codes of all errors that class-cache throws. They are stable; messages are not. */
export type CacheErrorCode =
  | "ERR_UNKEYABLE"
  | "ERR_UNSTORABLE"
  | "ERR_CLASS_ID"
  | "ERR_OPTION"
  | "ERR_CLOSED"
  | "ERR_DAMAGED"
  | "ERR_STORE"
  | "ERR_FORMAT_VERSION"
  | "ERR_UNSUPPORTED_RUNTIME"
  | "ERR_TIMEOUT"
  | "ERR_CYCLE"
  | "ERR_DIVERGENCE"
  | "ERR_BATCH"
  | "ERR_STREAM_CHANGED";

/** What every error of class-cache has: a stable `code`, and the `cause` where another error led to it. */
export class CacheError extends Error {
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A value that cannot be a key, or part of one. `path` tells where it was found, as in `args[0].conn`. */
export class UnkeyableError extends CacheError {
  declare readonly code: "ERR_UNKEYABLE";
  readonly path: string;

  constructor(path: string, what: string, wayOut: string) {
    super("ERR_UNKEYABLE", `${path} is ${what} and cannot be part of a key. ${wayOut}`);
    this.path = path;
  }
}

/** A value that the codec cannot store without loss. `path` tells where, as in `value.owner`. */
export class UnstorableError extends CacheError {
  declare readonly code: "ERR_UNSTORABLE";
  readonly path: string;
  /** The whole value that was to be stored, so that a dear result is not lost with the error. */
  declare readonly value: unknown;

  constructor(path: string, what: string, wayOut: string, value: unknown, options?: ErrorOptions) {
    super("ERR_UNSTORABLE", `${path} is ${what} and cannot be stored. ${wayOut}`, options);
    this.path = path;
    Object.defineProperty(this, "value", { value, enumerable: false });
  }
}

/** Two different classes answer to one implicit class id, or an id is not usable. */
export class ClassIdError extends CacheError {
  declare readonly code: "ERR_CLASS_ID";
  constructor(message: string) {
    super("ERR_CLASS_ID", message);
  }
}

/** An option or argument is not of the form that its documentation names. */
export class OptionError extends CacheError {
  declare readonly code: "ERR_OPTION";
  readonly option: string;

  constructor(option: string, expected: string, received: unknown, options?: ErrorOptions) {
    super("ERR_OPTION", `${option} must be ${expected}; received ${describe(received)}.`, options);
    this.option = option;
  }
}

/** An operation on a mapping, backend or lease that has been closed. */
export class ClosedError extends CacheError {
  declare readonly code: "ERR_CLOSED";
  constructor(what: string) {
    super("ERR_CLOSED", `${what} is closed; open it again before use.`);
  }
}

/** Stored bytes are not what was written. Reads report it and answer with a miss. */
export class DamagedError extends CacheError {
  declare readonly code: "ERR_DAMAGED";
  constructor(what: string, options?: ErrorOptions) {
    super("ERR_DAMAGED", `${what} is damaged and counts as absent.`, options);
  }
}

/** The engine below a mapping failed: no permission, no space, no such device. `cause` has its own error. */
export class StoreError extends CacheError {
  declare readonly code: "ERR_STORE";
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_STORE", message, options);
  }
}

/** A store was written by another version of its format, which this version cannot read. */
export class FormatVersionError extends CacheError {
  declare readonly code: "ERR_FORMAT_VERSION";
  readonly found: number;
  readonly supported: number;

  constructor(where: string, found: number, supported: number) {
    super(
      "ERR_FORMAT_VERSION",
      `${where} has format version ${found}; this release reads version ${supported}. ` +
        "Use the release that wrote it, or delete the folder.",
    );
    this.found = found;
    this.supported = supported;
  }
}

/** The running Node.js lacks something that was asked for. The message says which version has it. */
export class UnsupportedRuntimeError extends CacheError {
  declare readonly code: "ERR_UNSUPPORTED_RUNTIME";
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_UNSUPPORTED_RUNTIME", message, options);
  }
}

/** A computation took longer than its `hardTimeout`. It goes on, and its result is remembered. */
export class ComputeTimeoutError extends CacheError {
  declare readonly code: "ERR_TIMEOUT";
  constructor(method: string, milliseconds: number) {
    super("ERR_TIMEOUT", `${method} took longer than its hardTimeout of ${milliseconds} ms.`);
  }
}

/**
 * A computation waits, directly or by way of others, for its own result. It is reported, and the result
 * computed once more.
 */
export class CycleError extends CacheError {
  declare readonly code: "ERR_CYCLE";
  constructor(method: string, key: string) {
    super(
      "ERR_CYCLE",
      `The computation of ${method} waits for its own result (key ${key}). It was computed once more; ` +
        "a method that calls itself should do so with other arguments.",
    );
  }
}

/** A method that computes items together did not return an array with one result for each of them. */
export class BatchError extends CacheError {
  declare readonly code: "ERR_BATCH";
  /** How many items the method was given. */
  readonly items: number;

  constructor(method: string, items: number, returned: unknown) {
    const what = Array.isArray(returned) ? `an array of ${returned.length}` : describe(returned);
    super(
      "ERR_BATCH",
      `${method} was given ${items} ${items === 1 ? "item" : "items"} and returned ${what}. It must ` +
        "return an array with one result for each item, in the order of the items; an Error in the " +
        "place of a result stands for an item that failed.",
    );
    this.items = items;
  }
}

/**
 * Of a recorded stream a part was lost while it was replayed, so the method was run once more; but what it
 * yields is not what was given to the consumer before.
 */
export class StreamChangedError extends CacheError {
  declare readonly code: "ERR_STREAM_CHANGED";
  /** The canonical text of the call's key. */
  readonly key: string;

  /** @param given items that the consumer has had */
  constructor(method: string, key: string, given: number, options?: ErrorOptions) {
    super(
      "ERR_STREAM_CHANGED",
      `A part of what ${method} has yielded was lost after ${given} items, and it yields other items ` +
        "now, so this stream cannot go on. Read it again from its start.",
      options,
    );
    this.key = key;
  }
}

/**
 * The option `verify` had a remembered result computed once more, and the method gave another one: its
 * key leaves something out, or the method does not depend on its call alone.
 */
export class DivergenceError extends CacheError {
  declare readonly code: "ERR_DIVERGENCE";
  /** The canonical text of the call's key. */
  readonly key: string;
  declare readonly remembered: unknown;
  declare readonly computed: unknown;

  constructor(method: string, key: string, remembered: unknown, computed: unknown) {
    super(
      "ERR_DIVERGENCE",
      `${method} gives another result than the one remembered (key ${key}). Either something that ` +
        "the result depends on is not part of the key, or the method gives different results for one call.",
    );
    this.key = key;
    // Not shown wherever the error is: they may be large, or nobody else's business.
    Object.defineProperty(this, "remembered", { value: remembered, enumerable: false });
    Object.defineProperty(this, "computed", { value: computed, enumerable: false });
  }
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `a function`;
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value)
      ? "an array"
      : `an object of ${value.constructor?.name ?? "no class"}`;
  }
  return String(value);
}
