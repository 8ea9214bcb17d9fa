import type { FileCalls } from "../../src/file-calls.ts";
import { fileCalls } from "../../src/file-calls.ts";

/** The errors that the system answers with. */
export const CALL_ERRORS = ["EIO", "ENOSPC", "EDQUOT", "EMFILE", "EACCES", "EROFS"] as const;

type CallName = keyof FileCalls;

/** Which call fails, and how. */
export interface CallFault {
  /** Its number, from 1. */
  readonly at: number;
  /** `short`: no error, but only a part of the bytes is read or written. */
  readonly how: (typeof CALL_ERRORS)[number] | "short";
  /** Whether all later calls fail as well, as far as the error can concern them. */
  readonly forEver: boolean;
  /** The one call that it concerns. Default: all that the error can concern. */
  readonly only?: CallName;
}

/** Every call but that which gives a lock back, which never fails on a file that is open. */
const ALL: readonly CallName[] = (Object.keys(fileCalls) as CallName[]).filter(
  (name) => name !== "unlock",
);
const READS: readonly CallName[] = ["read", "readSync"];
const WRITES: readonly CallName[] = ["writeSync", "writev", "writevSync"];
const OPENINGS: readonly CallName[] = ["openSync", "readFileSync", "readdirSync"];
const CHANGES: readonly CallName[] = ["ftruncateSync", "mkdirSync", "renameSync", "rmSync"];
const FLUSHES: readonly CallName[] = ["fdatasync", "fsync", "writeFileSync"];

const GROWTH: readonly CallName[] = [...WRITES, ...FLUSHES, "mkdirSync", "renameSync", "openSync"];

/** The calls that an error lasts for. One that is met once may come from any. */
const CONCERNED: Readonly<Record<CallFault["how"], readonly CallName[]>> = {
  EIO: ALL,
  ENOSPC: GROWTH,
  EDQUOT: GROWTH,
  EMFILE: OPENINGS,
  EACCES: [...OPENINGS, ...CHANGES, "statSync"],
  EROFS: [...CHANGES, "openSync"],
  short: [...READS, ...WRITES],
};

export function isShortable(name: string): boolean {
  return CONCERNED.short.includes(name as CallName);
}

type AnyCall = (...args: unknown[]) => unknown;

/** The calls of Node.js, of which some fail. */
export class FaultyCalls {
  readonly calls: FileCalls;
  /** The names of the calls that were made, in their order. */
  readonly made: CallName[] = [];
  /** Descriptors that were opened and not closed. */
  readonly open = new Set<number>();
  #fault: CallFault | undefined;

  constructor() {
    const names = Object.keys(fileCalls) as CallName[];
    this.calls = Object.fromEntries(
      names.map((name) => [name, (...args: unknown[]) => this.#call(name, args)]),
    ) as unknown as FileCalls;
  }

  /** From the call after this on, one fails. */
  fail(fault: CallFault): void {
    this.#fault = { ...fault, at: fault.at + this.made.length };
  }

  /** From now on all calls are what they were. */
  mend(): void {
    this.#fault = undefined;
  }

  #call(name: CallName, args: unknown[]): unknown {
    this.made.push(name);
    const how = this.#howFails(name);
    if (how === "short") return shortened(name, args);
    const call = fileCalls[name] as AnyCall;
    if (how === undefined) {
      const outcome = call(...args);
      if (name === "openSync") this.open.add(outcome as number);
      if (name === "closeSync" || name === "close") this.open.delete(args[0] as number);
      return outcome;
    }
    const error = Object.assign(new Error(`${how}: ${name} fails for the test`), { code: how });
    // The system gives a descriptor back whatever closing it comes to.
    if (name === "close" || name === "closeSync") this.open.delete(args[0] as number);
    if (name === "close") return call(args[0], () => (args[1] as AnyCall)(error));
    if (name === "closeSync") call(...args);
    if (name === "writeFileSync") halve(args as [number, Uint8Array]);
    if (["fdatasync", "fsync", "read", "writev"].includes(name)) return Promise.reject(error);
    throw error;
  }

  #howFails(name: CallName): CallFault["how"] | undefined {
    const fault = this.#fault;
    const number = this.made.length;
    if (fault === undefined || number < fault.at) return undefined;
    if (fault.only !== undefined && fault.only !== name) return undefined;
    if (!fault.forEver) this.mend();
    const concerned = fault.forEver ? CONCERNED[fault.how] : ALL;
    return concerned.includes(name) ? fault.how : undefined;
  }
}

function halve([fd, content]: [number, Uint8Array]): void {
  fileCalls.writeSync(fd, content, 0, content.length >> 1, 0);
}

/** A read or write of the first half of the bytes, but one at least. */
function shortened(name: CallName, args: unknown[]): unknown {
  const half = (length: number): number => Math.ceil(length / 2);
  if (name === "readSync" || name === "read") {
    const [fd, buffer, offset, length, position] = args as Parameters<FileCalls["readSync"]>;
    return fileCalls[name](fd, buffer, offset, half(length), position);
  }
  if (name === "writeSync") {
    const [fd, buffer, offset = 0, length = buffer.length, position] = args as Parameters<
      FileCalls["writeSync"]
    >;
    return fileCalls.writeSync(fd, buffer, offset, half(length), position);
  }
  if (name === "writevSync" || name === "writev") {
    const [fd, pieces, position] = args as Parameters<FileCalls["writevSync"]>;
    const all = Buffer.concat(pieces);
    return fileCalls[name](fd, [all.subarray(0, half(all.length))], position);
  }
  return (fileCalls[name] as AnyCall)(...args);
}
