import { UnkeyableError } from "./errors.ts";
import type { EncodeKeyOptions } from "./key-options.ts";
import { pathOf, type Step, type Trail } from "./value-path.ts";

/** Objects in objects to this depth can be keys. It is well below what the call stack allows. */
const deepest = 1000;

const waysOut =
  "Leave an argument out with `ignoreArgs` or `key`, and a field with `@transient`; " +
  "a class can declare its identity with `[identity]()`.";

/** An object that is being written into a key's text, and where it stands. */
export class Place implements Trail {
  readonly value: object;
  /** How the value is reached from its holder. */
  readonly step: Step;
  /** The object around this one; the whole key has none. */
  readonly holder: Place | undefined;
  readonly depth: number;
  readonly options: EncodeKeyOptions | undefined;

  /** @throws UnkeyableError when the value is one of its own holders, or too deep down */
  constructor(
    value: object,
    step: Step,
    holder: Place | undefined,
    options: EncodeKeyOptions | undefined,
  ) {
    this.value = value;
    this.step = step;
    this.holder = holder;
    this.depth = holder === undefined ? 0 : holder.depth + 1;
    this.options = options;
    for (let above = holder; above !== undefined; above = above.holder) {
      if (above.value === value) {
        throw this.refusal(`a reference back to ${above.path()}, which makes a cycle,`);
      }
    }
    if (this.depth >= deepest) throw this.refusal(`nested more than ${deepest} objects deep`);
  }

  path(): string {
    return pathOf(rootOf(this.options), this);
  }

  refusal(what: string): UnkeyableError {
    return new UnkeyableError(this.path(), what, waysOut);
  }

  /** Refuses a part that is no object. */
  partRefusal(what: string, step: Step): UnkeyableError {
    const path = pathOf(rootOf(this.options), { step, holder: this });
    return new UnkeyableError(path, what, waysOut);
  }
}

/** Refuses a whole key that is no object. */
export function keyRefusal(what: string, options: EncodeKeyOptions | undefined): UnkeyableError {
  return new UnkeyableError(rootOf(options), what, waysOut);
}

function rootOf(options: EncodeKeyOptions | undefined): string {
  return options?.root ?? "key";
}
