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
  | "ERR_UNSUPPORTED_RUNTIME";

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
  readonly path: string;

  constructor(path: string, what: string, wayOut: string) {
    super("ERR_UNKEYABLE", `${path} is ${what} and cannot be part of a key. ${wayOut}`);
    this.path = path;
  }
}

/** A value that the codec cannot store without loss. `path` tells where, as in `value.owner`. */
export class UnstorableError extends CacheError {
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
  constructor(message: string) {
    super("ERR_CLASS_ID", message);
  }
}

/** An option or argument is not of the form that its documentation names. */
export class OptionError extends CacheError {
  readonly option: string;

  constructor(option: string, expected: string, received: unknown, options?: ErrorOptions) {
    super("ERR_OPTION", `${option} must be ${expected}; received ${describe(received)}.`, options);
    this.option = option;
  }
}

/** An operation on a mapping, backend or lease that has been closed. */
export class ClosedError extends CacheError {
  constructor(what: string) {
    super("ERR_CLOSED", `${what} is closed; open it again before use.`);
  }
}

/** Stored bytes are not what was written. Reads report it and answer with a miss. */
export class DamagedError extends CacheError {
  constructor(what: string, options?: ErrorOptions) {
    super("ERR_DAMAGED", `${what} is damaged and counts as absent.`, options);
  }
}

/** The engine below a mapping failed: no permission, no space, no such device. `cause` has its own error. */
export class StoreError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_STORE", message, options);
  }
}

/** A store was written by another version of its format, which this version cannot read. */
export class FormatVersionError extends CacheError {
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
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_UNSUPPORTED_RUNTIME", message, options);
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
