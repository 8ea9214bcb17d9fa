import { types } from "node:util";
import { Deserializer } from "node:v8";
import { errorNames } from "../built-in.ts";
import { DamagedError } from "../errors.ts";
import type { ClassRegistry, RegisteredClass } from "./classes.ts";
import { bringHome } from "./realm.ts";
import { define, hostMark, type Parts } from "./stand-in.ts";
import { makeView, ownMemory } from "./view.ts";

/** Takes in what belongs to an object that was made empty. */
type Fill = (parts: unknown) => void;

/** Reads what `GraphWriter` wrote. Nothing that it returns refers to the bytes. */
export class GraphReader extends Deserializer {
  readonly #classes: ClassRegistry;
  readonly #converted: object[] = [];
  readonly #met = new Set<object>();
  #unfilled: Fill[] = [];

  constructor(bytes: Uint8Array, classes: ClassRegistry) {
    super(bytes);
    this.#classes = classes;
  }

  /** @throws DamagedError, or any other error when the bytes are not what was written */
  read(): unknown {
    this.readHeader();
    const converted = this.readUint32();
    for (let count = 0; count < converted; count++) {
      const id: unknown = this.readValue();
      const of = this.#classes.ofId(id);
      if (of?.fromData === undefined) throw notRegistered(id);
      this.#converted.push(of.fromData(this.#readWhole()));
    }
    return this.#readWhole();
  }

  #readWhole(): unknown {
    const graph = this.#readHome();
    for (const fill of this.#unfilled) fill(this.#readHome());
    this.#unfilled = [];
    return graph;
  }

  #readHome(): unknown {
    const graph: unknown = this.readValue();
    bringHome(graph, this.#met);
    return graph;
  }

  /** Called by V8 wherever `GraphWriter` wrote an object of the host. */
  _readHostObject(): object {
    const mark = this.readUint32();
    switch (mark) {
      case hostMark.view:
        return this.#view();
      case hostMark.sharedView:
        return this.#sharedView();
      case hostMark.url:
        return new URL(this.readValue() as string);
      case hostMark.regexp:
        return this.#regexp();
      case hostMark.bare:
        return this.#toFill(Object.create(null) as object);
      case hostMark.error:
        return this.#error(errorPrototype(this.readValue()));
      case hostMark.errorOfClass:
        return this.#error(this.#registered(true).prototype);
      case hostMark.instance:
        return this.#toFill(Object.create(this.#registered(false).prototype) as object);
      case hostMark.converted:
        return this.#converted[this.readUint32()] ?? refuse(mark);
      default:
        return refuse(mark);
    }
  }

  #view(): ArrayBufferView {
    const number = this.readUint32();
    const memory = ownMemory(this.readRawBytes(this.readDouble()));
    return makeView(number, memory, 0, memory.byteLength);
  }

  #sharedView(): ArrayBufferView {
    const number = this.readUint32();
    const byteLength = this.readDouble();
    const byteOffset = this.readDouble();
    const memory: unknown = this.readValue();
    if (!types.isArrayBuffer(memory)) return refuse(hostMark.sharedView);
    return makeView(number, memory, byteOffset, byteLength);
  }

  #regexp(): RegExp {
    const source = this.readValue() as string;
    const regexp = new RegExp(source, this.readValue() as string);
    regexp.lastIndex = this.readDouble();
    return regexp;
  }

  #toFill(target: object): object {
    this.#unfilled.push((parts) => defineAll(target, parts, true));
    return target;
  }

  #error(prototype: object): Error {
    const error = errorWithoutStack();
    Object.setPrototypeOf(error, prototype);
    this.#unfilled.push((parts) => {
      const { hidden, shown } = parts as { hidden: Parts; shown: Parts };
      defineAll(error, hidden, false);
      defineAll(error, shown, true);
    });
    return error;
  }

  /** The class whose id comes next, if it is still registered to be stored by its fields. */
  #registered(isError: boolean): RegisteredClass {
    const id: unknown = this.readValue();
    const of = this.#classes.ofId(id);
    if (of === undefined || of.fromData !== undefined || of.isError !== isError) {
      throw notRegistered(id);
    }
    return of;
  }
}

/**
 * What V8 keeps to tell a stack, though it be deleted, refers to the reader, which Node.js keeps for as long as
 * there is what it has read: neither would ever go.
 */
function errorWithoutStack(): Error {
  const { stackTraceLimit } = Error;
  // Not there to be set where the intrinsics are frozen.
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    const error = new Error();
    delete error.stack;
    return error;
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

function defineAll(target: object, parts: unknown, enumerable: boolean): void {
  for (const [name, value] of Object.entries(parts as Parts)) {
    define(target, name, value, enumerable);
  }
}

function errorPrototype(name: unknown): object {
  const known = globalThis as unknown as Record<string, { prototype: object } | undefined>;
  const isKnown = (errorNames as readonly unknown[]).includes(name);
  const prototype = isKnown ? known[name as string]?.prototype : undefined;
  if (prototype !== undefined) return prototype;
  throw new DamagedError(`An error of the class ${String(name)}, which this Node.js lacks,`);
}

function notRegistered(id: unknown): DamagedError {
  return new DamagedError(
    `A value of the class ${String(id)}, which is not registered like that in structured(),`,
  );
}

function refuse(mark: number): never {
  throw new DamagedError(`A part of a value (mark ${mark})`);
}
