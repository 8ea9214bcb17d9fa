/**
 * How a part is reached from what holds it: a property's name, an index, or more. Nothing is put into
 * words before an error needs it.
 */
export type Step = string | number | EntryStep | CodeStep;

/** To the key or value of a `Map`'s entry, or to a member of a `Set`. */
interface EntryStep {
  readonly of: "keys" | "values";
  readonly index: number;
  /** The entry's key, of a value. */
  readonly key?: unknown;
}

/** Another way, as code that is put behind the path. */
interface CodeStep {
  readonly code: string;
}

/** Where a part stands: its step, and where the object around it stands. The root's has no holder. */
export interface Trail {
  readonly step: Step;
  readonly holder: Trail | undefined;
}

const mostSteps = 24;
const stepsKept = 8;

/** The path of a part from the root. The root's own trail has no holder, and its step does not count. */
export function pathOf(root: string, trail: Trail): string {
  const steps: Step[] = [];
  for (let at = trail; at.holder !== undefined; at = at.holder) steps.push(at.step);
  return pathText(root, steps.reverse());
}

/** The path from the root, as in `args[0].user["first name"]`. The middle of a long one is left out. */
function pathText(root: string, steps: readonly Step[]): string {
  if (steps.length <= mostSteps) return root + steps.map(stepText).join("");
  const [first, last] = [steps.slice(0, stepsKept), steps.slice(-stepsKept)];
  return `${root}${first.map(stepText).join("")} … ${last.map(stepText).join("")}`;
}

function stepText(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "object") return "code" in step ? step.code : entryText(step);
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
    ? `.${step}`
    : `[${JSON.stringify(step)}]`;
}

function entryText(step: EntryStep): string {
  const key = "key" in step ? keyText(step.key) : undefined;
  return key === undefined ? `.${step.of}()[${step.index}]` : `.get(${key})`;
}

/** @returns undefined when the key has no short text */
function keyText(key: unknown): string | undefined {
  switch (typeof key) {
    case "string":
      return JSON.stringify(key);
    case "bigint":
      return `${key}n`;
    case "number":
    case "boolean":
    case "undefined":
      return String(key);
    case "object":
      return key === null ? "null" : undefined;
    case "function":
    case "symbol":
      return undefined;
  }
}
