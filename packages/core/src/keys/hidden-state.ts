import { classChain, sourceText } from "./class-chain.ts";

/** What of an instance's state no outside code can see. */
export interface HiddenState {
  /** Names of instance fields that are `#private`, and of auto-accessors, which keep a private field. */
  readonly fields: readonly string[];
  /** The name of a built-in among the parents, which keeps its contents in internal slots. */
  readonly builtIn: string | undefined;
}

/** Class fields begin where a member can begin: after `{`, `}`, `;`, a comment or a line break. */
const NATIVE_FIELD =
  /(?:^|[;{}\n]|\*\/)[ \t\r]*#([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:=(?!=)|[;}/]|\n)/gu;
const AUTO_ACCESSOR = /(?:^|[;{}\n]|\*\/)\s*accessor\s+#?([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
/** What compilers write for private fields where they do not leave them native. */
const TYPESCRIPT_FIELD = /\b_[^\W_]*_(\w+)\.set\(this,/g;
const OTHER_COMPILED_FIELD =
  /(?:__privateAdd|_class_?[pP]rivate_?[fF]ield_?[iI]nit(?:Spec)?)\(this, _(\w+)(?!\w)(?!, *\{\s*get:)/g;
const NATIVE_CODE = /\{\s*\[native code\]\s*\}\s*$/;

const known = new WeakMap<Function, HiddenState>();
const exempt = new WeakSet<Function>();

/** Declares that a class's own private fields say nothing about what its methods return. */
export function exemptHiddenState(constructor: Function): void {
  exempt.add(constructor);
}

/** The state that an instance of this class can hold unseen, its parents' included. */
export function hiddenState(constructor: Function): HiddenState {
  let state = known.get(constructor);
  if (state === undefined) {
    state = inspect(constructor);
    known.set(constructor, state);
  }
  return state;
}

function inspect(constructor: Function): HiddenState {
  const fields = new Set<string>();
  for (const parent of classChain(constructor)) {
    if (exempt.has(parent)) continue;
    const text = sourceText(parent);
    if (NATIVE_CODE.test(text)) return { fields: [...fields], builtIn: parent.name };
    for (const field of privateFields(text)) fields.add(field);
  }
  return { fields: [...fields], builtIn: undefined };
}

function* privateFields(text: string): Iterable<string> {
  for (const [, name = ""] of text.matchAll(NATIVE_FIELD)) {
    // A field that no code of its class touches holds nothing; such text is in a string or comment.
    if (text.includes(`.#${name}`)) yield writtenName(name);
  }
  for (const [, name = ""] of text.matchAll(AUTO_ACCESSOR)) {
    yield name;
  }
  const compiled = text.includes("__classPrivateField") ? text.matchAll(TYPESCRIPT_FIELD) : [];
  for (const [, name = ""] of [...compiled, ...text.matchAll(OTHER_COMPILED_FIELD)]) {
    // The set of instances that may call private methods is no state.
    if (!name.endsWith("_instances")) yield writtenName(name);
  }
}

/** The name in the source: a compiler's private field may be the store of an auto-accessor. */
function writtenName(name: string): string {
  const accessor = /^_*private_(.+)_\d+$/.exec(name) ?? /^(.+)_accessor_storage$/.exec(name);
  return accessor?.[1] ?? `#${name}`;
}
