import { copiesBytes } from "../decoding.ts";
import { DamagedError, UnstorableError } from "../errors.ts";
import { lends } from "../lent-value.ts";
import { type Class, type ClassCodec, ClassRegistry } from "./classes.ts";
import type { ValueCodec } from "./codec.ts";
import { checkFirstByte, firstByte } from "./first-byte.ts";
import { GraphReader } from "./graph-reader.ts";
import { GraphWriter } from "./graph-writer.ts";
import { look, lookAndCopy } from "./look.ts";
import type { Looked } from "./looked.ts";
import { plainJson } from "./plain-json.ts";
import { decodeRaw, encodeJson, encodeText, encodeView, form, viewPieces } from "./raw.ts";

/** Options of `structured()`. `Instances` are the types of the classes' instances, in their order. */
export interface StructuredOptions<Instances extends readonly object[] = readonly object[]> {
  /**
   * The classes whose instances may be stored; an instance of any other is refused. Of a class alone,
   * the own enumerable fields are stored, and read back into an object of the class without running its
   * constructor; private fields are not seen. With `toData` and `fromData` a class decides itself.
   * Subclasses are classes of their own. Default: none.
   */
  readonly classes?:
    { readonly [I in keyof Instances]: Class<Instances[I]> | ClassCodec<Instances[I]> } | undefined;
}

const graphHead = Uint8Array.of(firstByte.structured, form.graph);

/**
 * The default codec. What is read back is what was stored: all that `structuredClone` keeps, such as
 * `Map`, `Set`, `Date`, `BigInt`, typed arrays, sparse arrays, `undefined`, `NaN`, `-0`, cycles and
 * shared references; and beyond it `Buffer`, `URL`, a `RegExp`'s `lastIndex`, objects without a
 * prototype, errors with their `cause` and properties of their own, and instances of registered
 * classes. Getters are stored as the values that they give. Whatever would be lost is refused with
 * `UnstorableError`, which names the path: functions, symbols, promises, streams, instances of other
 * classes, built-in objects with properties added to them, and nesting of more than 1,000 objects.
 * @throws OptionError when two classes have one id, or one cannot be stored as it was registered
 */
export function structured<Instances extends readonly object[]>(
  options: StructuredOptions<Instances> = {},
): ValueCodec {
  const classes = new ClassRegistry((options.classes ?? []) as readonly (Class | ClassCodec)[]);

  function encode(value: unknown): Uint8Array {
    try {
      const text = typeof value === "string" ? encodeText(value) : undefined;
      if (text !== undefined) return text;
      const json = typeof value === "object" && value !== null ? plainJson(value) : undefined;
      if (json !== undefined) return encodeJson(json);
      const looked = look(value, classes);
      const view = viewAlone(looked);
      return view === undefined ? write(looked) : encodeView(view);
    } catch (cause) {
      throw unreadable(value, cause);
    }
  }

  function lend(value: ArrayBufferView): readonly Uint8Array[] | undefined {
    try {
      const view = viewAlone(look(value, classes));
      return view && viewPieces(view);
    } catch (cause) {
      throw unreadable(value, cause);
    }
  }

  function write(looked: Looked): Uint8Array {
    try {
      return new GraphWriter(looked).write(graphHead);
    } catch (error) {
      if (looked.isCopy) throw error;
      // V8 does not write proxies.
      return write(lookAndCopy(looked.value, classes));
    }
  }

  function decode(bytes: Uint8Array): unknown {
    checkFirstByte(bytes, "structured", 2);
    try {
      if (bytes[1] !== form.graph) return decodeRaw(bytes);
      return new GraphReader(bytes.subarray(graphHead.length), classes).read();
    } catch (cause) {
      if (cause instanceof DamagedError) throw cause;
      throw new DamagedError("A value of the codec structured", { cause });
    }
  }

  return lends(copiesBytes({ name: "structured", encode, decode }), lend);
}

/** The view of memory that is all of the value. */
function viewAlone({ root, views: [view] }: Looked): ArrayBufferView | undefined {
  return view === root ? view : undefined;
}

function unreadable(value: unknown, cause: unknown): UnstorableError {
  if (cause instanceof UnstorableError) return cause;
  // A getter or toData threw, or a limit of V8 was met: its call stack, or a Buffer's length.
  const wayOut = "The cause tells why; a smaller or flatter value may do.";
  return new UnstorableError("value", "not readable to the end", wayOut, value, { cause });
}
