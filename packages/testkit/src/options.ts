import type { Backend, Clock } from "@class-cache/mapping";
import type { ExpectFunction, TestFunction } from "./runner.ts";

/** What a backend under test has to be made with. */
export interface Place {
  /** An empty folder of the case's own. Two backends made for one folder share one store. */
  readonly folder: string;
  readonly clock?: Clock;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

/** A module that child processes import to make the same backend. */
export interface BackendModule {
  /** Exports the function that makes a backend for a `Place`, as `backend`. A path, or an address. */
  readonly module: string | URL;
  /** Options of Node.js for the children, such as `--import` of a loader. Default: none. */
  readonly execArgv?: readonly string[];
}

/** True where a backend can do a thing; otherwise the reason why it cannot, which its skips carry. */
export type Capability = true | string;

/**
 * What of the contract a backend can be asked for, as data. What is not given is concluded from the
 * backend: from what its `supports` says, and from whether its factory takes a place.
 */
export interface SuiteCapabilities {
  /**
   * The factory passes `clock`, `maxEntries` and `maxBytes` on. Default: true when it takes an argument;
   * otherwise expiry is tested by the system's clock, and limits are not.
   */
  readonly options: Capability;
  /**
   * A second backend, made for the same folder, has the entries of the first. Default: true when the
   * factory takes an argument and `supports.permanence` holds.
   */
  readonly reopens: Capability;
  /**
   * Child processes may use a store at once. Give the module that makes the backend. Default: not
   * tested.
   */
  readonly processes: BackendModule | string;
  /**
   * The codec keeps all that `structuredClone` keeps: `undefined`, `NaN`, bytes, maps, cycles.
   * Default: true. Give a reason for a codec such as `json()`.
   */
  readonly richValues: Capability;
  /**
   * Each mapping has files of its own. Default: true. Give a reason for a store that is one file, or one
   * database.
   */
  readonly ownFiles: Capability;
  /**
   * What reading a store of which bytes were changed may come to: `"misses"`, right values or absence
   * and never an error; `"errors"`, coded errors as well; `"setbacks"`, also what a key held before, as
   * from a log of which the end is lost; or the reason why it is not to be tested, such as that the
   * store has no files. Default: `"errors"` when it reopens.
   */
  readonly damage: "misses" | "errors" | "setbacks" | (string & {});
}

/** What `suite()` is given. */
export interface SuiteOptions extends Partial<SuiteCapabilities> {
  /** The `test` of the runner. */
  readonly test: TestFunction;
  /** The `expect` of the runner, for its way to show differences. Default: assertions of the kit's own. */
  readonly expect?: ExpectFunction;
  /** Makes a backend. Whatever place it is for, nothing of another place may be in it. */
  readonly backend: (place: Place) => Backend;
  /**
   * How many times as long as usual the cases work that many processes or much damage take part in.
   * Default: 1.
   */
  readonly effort?: number;
  /** Begins the names of all cases. Default: nothing. */
  readonly name?: string;
}
