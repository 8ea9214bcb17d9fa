/** How a part is reached from what holds it: a property, an index, or code such as `.keys()[0]`. */
export type Step = string | number | { readonly code: string };

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
  if (typeof step === "object") return step.code;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
    ? `.${step}`
    : `[${JSON.stringify(step)}]`;
}

/** The step to the value of a `Map`'s entry: `.get("a")` when the key is a primitive. */
export function mapValueStep(key: unknown, index: number): Step {
  switch (typeof key) {
    case "string":
      return { code: `.get(${JSON.stringify(key)})` };
    case "bigint":
      return { code: `.get(${key}n)` };
    case "object":
      return key === null ? { code: ".get(null)" } : { code: `.values()[${index}]` };
    case "number":
    case "boolean":
    case "undefined":
      return { code: `.get(${String(key)})` };
    case "function":
    case "symbol":
      return { code: `.values()[${index}]` };
  }
}
