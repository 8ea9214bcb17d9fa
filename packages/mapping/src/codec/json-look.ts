import { builtInOf } from "../built-in.ts";
import { describeValue } from "../describe-value.ts";
import { UnstorableError } from "../errors.ts";
import { enumerableCount, symbolTrouble } from "../own-extras.ts";
import { pathOf, type Step, type Trail } from "../value-path.ts";

interface Place extends Trail {
  readonly holder: Place | undefined;
  readonly part: object;
}

const wayOut = "Return JSON data only, or use the codec structured(), which keeps it.";

/**
 * Looks through a value that is to become JSON.
 * @throws UnstorableError when JSON would lose or change something in it
 */
export function lookForJson(value: unknown): void {
  lookAt(value, "", undefined);

  function lookAt(part: unknown, step: Step, holder: Place | undefined): void {
    switch (typeof part) {
      case "string":
      case "boolean":
        return;
      case "number":
        if (Number.isFinite(part) && !Object.is(part, -0)) return;
        throw refusal(Object.is(part, -0) ? "-0" : String(part), { step, holder });
      case "bigint":
        throw refusal("a bigint", { step, holder });
      case "undefined":
        throw refusal("undefined", { step, holder });
      case "object":
        if (part !== null) lookInside({ part, step, holder });
        return;
      case "function":
      case "symbol":
        throw refusal(describeValue(part), { step, holder });
    }
  }

  function lookInside(place: Place): void {
    for (let above = place.holder; above !== undefined; above = above.holder) {
      if (above.part === place.part) {
        throw refusal(`a reference back to ${pathOf("value", above)}, which makes a cycle,`, place);
      }
    }
    const { part } = place;
    const kind = builtInOf(part);
    if (kind !== "object" && kind !== "array") throw refusal(kindText(part), place);
    const trouble = symbolTrouble(part);
    if (trouble !== undefined) throw refusal(trouble, place);
    if (kind === "array") return lookInList(part as unknown[], place);
    for (const name of Object.keys(part)) {
      lookAt((part as Record<string, unknown>)[name], name, place);
    }
  }

  function lookInList(list: unknown[], place: Place): void {
    for (let index = 0; index < list.length; index++) {
      if (list[index] === undefined && !Object.hasOwn(list, index)) {
        throw refusal("an array with holes", place);
      }
      lookAt(list[index], index, place);
    }
    if (enumerableCount(list) !== list.length) {
      throw refusal("an array with properties beside its elements", place);
    }
  }

  function refusal(what: string, trail: Trail): UnstorableError {
    return new UnstorableError(pathOf("value", trail), what, wayOut, value);
  }
}

function kindText(part: object): string {
  return Object.getPrototypeOf(part) === null
    ? "an object without a prototype"
    : describeValue(part);
}
