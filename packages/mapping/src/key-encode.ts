import { builtInOf, classNameOf, hrefOf, type TypedArray, typedArrayName } from "./built-in.ts";
import { describeValue } from "./describe-value.ts";
import type { EncodeKeyOptions, InstanceIdentity } from "./key-options.ts";
import { keyRefusal, Place } from "./key-place.ts";
import { identity, InstanceKey, type Key } from "./key-value.ts";
import { troubleOf } from "./own-extras.ts";
import { propertyNameText, quote } from "./quote.ts";
import type { Step } from "./value-path.ts";

/**
 * The canonical text of a key: two keys have one text exactly when they are deeply equal. Types count
 * (`1`, `"1"` and `1n` differ, as do `null`, `undefined` and an absent property, and `Uint8Array` and
 * `Buffer`); the order of properties, of `Map` and of `Set` does not, nor does whether an object occurs
 * once or is referred to twice. `NaN` equals itself and `-0` equals `0`. Typed arrays compare by their
 * bytes, a `RegExp` with its `lastIndex`.
 *
 * The text is the one that fast-json-stable-stringify writes for JSON in which whatever JSON lacks is
 * an object with one property whose name begins with `$`, as in `{"$date":0}`; to the names of a key's
 * own properties that begin with `$` one more `$` is added, so that no key can imitate another. Each
 * part of the key is read once.
 * @throws UnkeyableError for functions, symbols, promises, streams, errors, cycles, and instances of
 * classes that declare no identity; it names the path
 */
export function encodeKey(key: Key, options?: EncodeKeyOptions): string {
  if (typeof key === "string") return quote(key);
  if (typeof key === "number") return numberText(key);
  return textOf(key, "", undefined, options);
}

function textOf(
  value: unknown,
  step: Step,
  holder: Place | undefined,
  options: EncodeKeyOptions | undefined,
): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return numberText(value);
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return '{"$undefined":0}';
    case "bigint":
      return `{"$bigint":"${value}"}`;
    case "object":
      return value === null ? "null" : objectText(new Place(value, step, holder, options));
    case "function":
    case "symbol": {
      const what = describeValue(value);
      if (holder === undefined) throw keyRefusal(what, options);
      throw holder.partRefusal(what, step);
    }
  }
}

function partText(value: unknown, step: Step, place: Place): string {
  return textOf(value, step, place, place.options);
}

function numberText(value: number): string {
  // Subtracting tells infinities and NaN from the rest, and -0 is written 0.
  return value - value === 0 ? `${value}` : `{"$number":"${value}"}`;
}

function objectText(place: Place): string {
  const { value } = place;
  const kind = builtInOf(value);
  const trouble = troubleOf(value, kind);
  if (trouble !== undefined) throw place.refusal(trouble);
  switch (kind) {
    case "object":
      return propertiesText(place, Object.keys(value));
    case "array":
      return arrayText(place, value as unknown[]);
    case "bare object":
      return `{"$null":${propertiesText(place, Object.keys(value))}}`;
    case "map":
      return mapText(place, value as Map<unknown, unknown>);
    case "set":
      return setText(place, value as Set<unknown>);
    case "date":
      return `{"$date":${JSON.stringify(Date.prototype.getTime.call(value))}}`;
    case "regexp":
      return regexpText(place, value as RegExp);
    case "url":
      return `{"$url":${quote(hrefOf(value) as string)}}`;
    case "buffer":
      return bytesText("Buffer", value as TypedArray);
    case "typed array":
      return bytesText(typedArrayName(value) as string, value as TypedArray);
    case "data view":
      return bytesText("DataView", value as DataView);
    case "array buffer":
      return bytesText("ArrayBuffer", new Uint8Array(value as ArrayBuffer));
    case "shared array buffer":
      return bytesText("SharedArrayBuffer", new Uint8Array(value as SharedArrayBuffer));
    case "boxed":
    case "error":
    case "instance":
      return instanceText(place);
  }
}

function propertiesText(place: Place, names: string[]): string {
  const properties = place.value as Record<string, unknown>;
  let text = "";
  for (const name of sortTexts(names)) {
    if (text !== "") text += ",";
    text += propertyNameText(name) + partText(properties[name], name, place);
  }
  return `{${text}}`;
}

function arrayText(place: Place, array: unknown[]): string {
  const { length } = array;
  const names = Object.keys(array);
  // Indices come before other names, so that the last of as many names as elements tells.
  if (names.length !== length || (length > 0 && names[length - 1] !== String(length - 1))) {
    return unusualArrayText(place, array, names);
  }
  let text = "";
  for (let index = 0; index < length; index++) {
    if (index > 0) text += ",";
    text += partText(array[index], index, place);
  }
  return `[${text}]`;
}

/** An array with holes, or with properties beside its elements. */
function unusualArrayText(place: Place, array: unknown[], names: string[]): string {
  const { length } = array;
  const parts: string[] = [];
  let next = 0;
  const holeUpTo = (end: number): void => {
    if (end > next) parts.push(`{"$hole":${end - next}}`);
  };
  const indices = names.filter((name) => isIndex(name, length));
  for (const index of indices.map(Number)) {
    holeUpTo(index);
    parts.push(partText(array[index], index, place));
    next = index + 1;
  }
  holeUpTo(length);
  const list = `[${parts.join(",")}]`;
  if (indices.length === names.length) return list;
  return `{"$array":[${list},${propertiesText(place, names.slice(indices.length))}]}`;
}

function isIndex(name: string, length: number): boolean {
  const index = Number(name);
  return String(index) === name && index >= 0 && index < length && Number.isInteger(index);
}

function mapText(place: Place, map: Map<unknown, unknown>): string {
  const entries: string[] = [];
  for (const [key, value] of map) {
    const index = entries.length;
    const keyText = partText(key, { of: "keys", index }, place);
    const valueText = partText(value, { of: "values", index, key }, place);
    entries.push(`[${keyText},${valueText}]`);
  }
  return `{"$map":[${sortTexts(entries).join(",")}]}`;
}

function setText(place: Place, set: Set<unknown>): string {
  const members: string[] = [];
  for (const value of set) {
    members.push(partText(value, { of: "values", index: members.length }, place));
  }
  return `{"$set":[${sortTexts(members).join(",")}]}`;
}

function regexpText(place: Place, regexp: RegExp): string {
  const lastIndex = partText(regexp.lastIndex, "lastIndex", place);
  return `{"$regexp":[${quote(regexp.source)},${quote(regexp.flags)},${lastIndex}]}`;
}

function instanceText(place: Place): string {
  const { className, identity: own } = identityOf(place);
  // Instances of all classes without a name would be taken for those of one.
  if (className === "") throw place.refusal("an instance of a class without a name");
  const identityText = partText(own, { code: "[identity]()" }, place);
  return `{"$instance":[${quote(className)},${identityText}]}`;
}

function identityOf(place: Place): InstanceIdentity {
  const { value, options } = place;
  const declared = (value as { [identity]?: unknown })[identity];
  if (typeof declared === "function") {
    const className = value instanceof InstanceKey ? value.className : classNameOf(value);
    return { className, identity: declared.call(value) as Key };
  }
  const given = options?.instance?.(value, place.path());
  if (given === undefined) throw place.refusal(describeValue(value));
  return given;
}

/** Lists up to this length are sorted sooner by putting each text in its place. */
const shortList = 16;

/** Sorts as fast-json-stable-stringify does, by UTF-16 code units. */
function sortTexts(texts: string[]): string[] {
  if (texts.length > shortList) return texts.sort();
  for (let at = 1; at < texts.length; at++) {
    const text = texts[at] as string;
    let place = at;
    for (; place > 0 && (texts[place - 1] as string) > text; place--) {
      texts[place] = texts[place - 1] as string;
    }
    texts[place] = text;
  }
  return texts;
}

function bytesText(tag: string, { buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return `{"$${tag}":"${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}"}`;
}
