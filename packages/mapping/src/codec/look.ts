import { types } from "node:util";
import { builtInOf, type ErrorName, hrefOf, nativeAncestor } from "../built-in.ts";
import { describeValue } from "../describe-value.ts";
import { UnstorableError } from "../errors.ts";
import { enumerableCount, symbolTrouble, troubleOf } from "../own-extras.ts";
import { pathOf, type Step, type Trail } from "../value-path.ts";
import type { ClassRegistry, RegisteredClass } from "./classes.ts";
import { hiddenErrorParts } from "./error-parts.ts";
import type { Looked } from "./looked.ts";
import { type ConvertedStandIn, define, type Parts, type StandIn } from "./stand-in.ts";
import { wayOutFor } from "./way-out.ts";

/** Objects in objects to this depth can be stored, so that they can be read with some stack in use. */
const deepest = 1000;

/** With no more parts, and primitives only, looking again is as quick as remembering. */
const few = 64;

const noStandIns = new Map<object, StandIn>();

/** To what an instance's class gave to be stored in its place. */
const dataStep = { code: "[toData]" } as const;

/**
 * Looks through a value before it is stored. Where nothing needs a stand-in the value itself is to be
 * written, else a copy of its graph.
 * @throws UnstorableError when something in it would be lost
 */
export function look(value: unknown, classes: ClassRegistry): Looked {
  const glance = new Look(value, classes, false);
  return glance.needsStandIns ? lookAndCopy(value, classes) : glance;
}

/** The same, but always a copy: what a proxy shows can be written, and a proxy cannot. */
export function lookAndCopy(value: unknown, classes: ClassRegistry): Looked {
  return new Look(value, classes, true);
}

class Look implements Looked {
  readonly value: unknown;
  readonly root: unknown;
  readonly standIns: Map<object, StandIn>;
  readonly converted: ConvertedStandIn[] = [];
  readonly views: ArrayBufferView[] = [];
  readonly buffers: ArrayBuffer[] = [];
  needsStandIns = false;
  readonly #classes: ClassRegistry;
  readonly isCopy: boolean;
  /** What is written for each object that was met. */
  readonly #written = new Map<object, unknown>();
  #depth = 0;

  constructor(value: unknown, classes: ClassRegistry, copying: boolean) {
    this.value = value;
    this.#classes = classes;
    this.isCopy = copying;
    this.standIns = copying ? new Map() : noStandIns;
    this.root = needsLook(value) ? this.#part(value, "", undefined) : value;
  }

  /** Looks at a part. @returns what is to be written for it */
  #part(part: object | symbol, step: Step, holder: Trail | undefined): unknown {
    // A glance ends at the first stand-in; the copy looks at everything again.
    if (this.needsStandIns && !this.isCopy) return part;
    const trail = { step, holder };
    if (typeof part !== "object") throw this.#refusal(part, trail);
    const written = this.#written.get(part);
    if (written !== undefined) return written;
    if (this.#depth >= deepest) {
      throw this.#trouble(`nested more than ${deepest} objects deep`, trail);
    }
    this.#depth += 1;
    const content = this.#content(part, trail);
    this.#depth -= 1;
    return content;
  }

  #content(value: object, trail: Trail): unknown {
    const kind = builtInOf(value);
    this.#check(troubleOf(value, kind), trail);
    switch (kind) {
      case "object":
        return this.#object(value, trail);
      case "array":
        return this.#array(value as unknown[], trail);
      case "map":
        return this.#map(value as Map<unknown, unknown>, trail);
      case "set":
        return this.#set(value as Set<unknown>, trail);
      case "date":
        return value;
      case "boxed":
        if (types.isSymbolObject(value)) throw this.#refusal(value, trail);
        return value;
      case "array buffer":
        this.buffers.push(value as ArrayBuffer);
        return value;
      case "buffer":
      case "typed array":
      case "data view":
        return this.#view(value as ArrayBufferView, trail);
      case "shared array buffer":
        throw this.#refusal(value, trail);
      case "regexp":
        return this.#regexp(value as RegExp, trail);
      case "url":
        return this.#standFor(value, () => ({ kind: "url", href: hrefOf(value) as string }));
      case "bare object":
        return this.#standFor(
          value,
          () => ({ kind: "bare", parts: {} }),
          (standIn) => this.#parts(value, Object.keys(value), standIn.parts, trail),
        );
      case "error":
        return this.#error(
          value,
          nativeAncestor(Object.getPrototypeOf(value) as object) as ErrorName,
          trail,
        );
      case "instance":
        return this.#instance(value, trail);
    }
  }

  #object(value: object, trail: Trail): object {
    const names = Object.keys(value);
    if (
      !this.#mustCopy(value) &&
      names.length <= few &&
      !names.some((name) => needsLook((value as Parts)[name]))
    ) {
      return value;
    }
    const copy = this.isCopy ? {} : value;
    this.#written.set(value, copy);
    this.#parts(value, names, copy, trail);
    return copy;
  }

  #parts(value: object, names: readonly string[], copy: object, trail: Trail): void {
    for (const name of names) {
      const part = (value as Parts)[name];
      const written = needsLook(part) ? this.#part(part, name, trail) : part;
      if (this.isCopy) define(copy, name, written);
    }
  }

  #array(array: unknown[], trail: Trail): unknown[] {
    const { length } = array;
    let dense = enumerableCount(array) === length;
    let primitives = true;
    for (let index = 0; dense && index < length; index++) {
      const part = array[index];
      if (typeof part === "number" || typeof part === "string") continue;
      if (part === undefined) dense = Object.hasOwn(array, index);
      else if (needsLook(part)) primitives = false;
    }
    if (dense && primitives && !this.#mustCopy(array)) {
      if (length > few) this.#written.set(array, array);
      return array;
    }
    const copy = this.isCopy ? listOfHoles(length) : array;
    this.#written.set(array, copy);
    if (!dense) {
      this.#sparse(array, copy, trail);
      return copy;
    }
    for (let index = 0; index < length; index++) {
      const part = array[index];
      const written = needsLook(part) ? this.#part(part, index, trail) : part;
      if (this.isCopy) copy[index] = written;
    }
    return copy;
  }

  #mustCopy(value: object): boolean {
    return this.isCopy && types.isProxy(value);
  }

  /** An array with holes, or with properties beside its elements. Indices come first. */
  #sparse(array: unknown[], copy: unknown[], trail: Trail): void {
    for (const name of Object.keys(array)) {
      const index = Number(name);
      const step = String(index) === name && index in array ? index : name;
      const part: unknown = array[name as never];
      const written = needsLook(part) ? this.#part(part, step, trail) : part;
      if (this.isCopy) define(copy, name, written);
    }
  }

  #map(map: Map<unknown, unknown>, trail: Trail): Map<unknown, unknown> {
    const copy = this.isCopy ? new Map<unknown, unknown>() : map;
    this.#written.set(map, copy);
    let index = 0;
    for (const [key, value] of map) {
      const keyWritten = needsLook(key) ? this.#part(key, { of: "keys", index }, trail) : key;
      const step = { of: "values", index, key } as const;
      const written = needsLook(value) ? this.#part(value, step, trail) : value;
      if (this.isCopy) copy.set(keyWritten, written);
      index += 1;
    }
    return copy;
  }

  #set(set: Set<unknown>, trail: Trail): Set<unknown> {
    const copy = this.isCopy ? new Set() : set;
    this.#written.set(set, copy);
    let index = 0;
    for (const member of set) {
      const step = { of: "values", index } as const;
      const written = needsLook(member) ? this.#part(member, step, trail) : member;
      if (this.isCopy) copy.add(written);
      index += 1;
    }
    return copy;
  }

  #view(view: ArrayBufferView, trail: Trail): ArrayBufferView {
    if (types.isSharedArrayBuffer(view.buffer)) {
      throw this.#trouble("a view of a SharedArrayBuffer", trail, "Copy its content first.");
    }
    this.#written.set(view, view);
    this.views.push(view);
    return view;
  }

  #regexp(regexp: RegExp, trail: Trail): unknown {
    const lastIndex: unknown = regexp.lastIndex;
    if (lastIndex === 0) return regexp;
    if (typeof lastIndex !== "number") {
      throw this.#trouble("a RegExp with a lastIndex that is no number", trail);
    }
    const { source, flags } = regexp;
    return this.#standFor(regexp, () => ({ kind: "regexp", source, flags, lastIndex }));
  }

  #error(error: object, of: ErrorName | RegisteredClass, trail: Trail): unknown {
    this.#check(symbolTrouble(error), trail);
    const hidden = hiddenErrorParts(error);
    return this.#standFor(
      error,
      () => ({ kind: "error", of, parts: { hidden: {}, shown: {} } }),
      ({ parts }) => {
        this.#parts(error, hidden, parts.hidden, trail);
        this.#parts(error, Object.keys(error), parts.shown, trail);
      },
    );
  }

  #instance(value: object, trail: Trail): unknown {
    const of = this.#classes.ofInstance(value);
    if (of === undefined) throw this.#refusal(value, trail);
    if (of.toData !== undefined) return this.#convert(value, of, of.toData, trail);
    if (of.isError) return this.#error(value, of, trail);
    this.#check(symbolTrouble(value), trail);
    return this.#standFor(
      value,
      () => ({ kind: "instance", of, parts: {} }),
      ({ parts }) => this.#parts(value, Object.keys(value), parts, trail),
    );
  }

  #convert(
    value: object,
    of: RegisteredClass,
    toData: (value: object) => unknown,
    trail: Trail,
  ): unknown {
    return this.#standFor(
      value,
      (): ConvertedStandIn => ({ kind: "converted", of, trail, data: undefined }),
      (standIn) => {
        const data = toData(value);
        standIn.data = needsLook(data) ? this.#part(data, dataStep, trail) : data;
        this.converted.push(standIn);
      },
    );
  }

  /** Puts a stand-in in the object's place, at once, since its parts may lead back to it. */
  #standFor<S extends StandIn>(value: object, make: () => S, fill?: (standIn: S) => void): unknown {
    this.needsStandIns = true;
    if (!this.isCopy) return value;
    const place = new Uint8Array(0);
    const standIn = make();
    this.#written.set(value, place);
    this.standIns.set(place, standIn);
    fill?.(standIn);
    return place;
  }

  #check(trouble: string | undefined, trail: Trail): void {
    if (trouble !== undefined) throw this.#trouble(trouble, trail);
  }

  #refusal(part: unknown, trail: Trail): UnstorableError {
    return this.#trouble(describeValue(part), trail, wayOutFor(part));
  }

  #trouble(what: string, trail: Trail, wayOut: string = wayOutFor(undefined)): UnstorableError {
    return new UnstorableError(pathOf("value", trail), what, wayOut, this.value);
  }
}

function listOfHoles(length: number): unknown[] {
  const list: unknown[] = [];
  list.length = length;
  return list;
}

/** Whether a part is more than a primitive that V8 keeps. */
function needsLook(part: unknown): part is object | symbol {
  if (typeof part === "object") return part !== null;
  return typeof part === "function" || typeof part === "symbol";
}
