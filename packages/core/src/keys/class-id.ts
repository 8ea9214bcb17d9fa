import { ClassIdError } from "@class-cache/mapping";
import { classChain, sourceText } from "./class-chain.ts";
import { classDeclaration, methodDeclaration } from "./metadata.ts";
import { mainScope, shortHash } from "./scope.ts";

interface ExplicitUse {
  readonly constructor: Function;
  readonly scope: string;
}

/** The classes in use under implicit ids, by name and scope. One id never stands for two of them. */
const implicitUses = new Map<string, Function>();
/** The classes in use under explicit ids; several may share one on purpose. */
const explicitUses = new Map<string, ExplicitUse[]>();

/**
 * The id of a class as part of a mapping's id: the id given to `cacheable`, or the class's name with
 * the scope of the program that it belongs to.
 *
 * @param scope the scope of a class whose own decorators do not tell it
 * @throws ClassIdError when the class has neither id nor name, or another class has the same
 */
export function classIdOf(constructor: Function, scope?: string): string {
  const declaration = classDeclaration(constructor);
  if (declaration?.id !== undefined) {
    useExplicit(constructor, declaration.id, declaration.scope);
    return escapeId(declaration.id);
  }
  const name = classNameOf(constructor);
  const ownScope = scopeOfClass(constructor, scope);
  useImplicit(constructor, name, ownScope);
  return `${escapeId(name)}~${escapeId(ownScope).replaceAll("%7E", "~")}`;
}

/** What people call the class: the id given to `cacheable`, or its name. */
export function classNameOf(constructor: Function): string {
  const id = classDeclaration(constructor)?.id;
  if (id !== undefined) return id;
  const { name } = constructor;
  if (typeof name === "string" && name !== "") return name;
  throw new ClassIdError(
    "A class without a name has no id to remember results under. " +
      'Name the class, or give it an id: @cacheable({ id: "my-class" }).',
  );
}

/** Makes any text free of the characters that separate the parts of a mapping's id. */
export function escapeId(text: string): string {
  return text.replace(/[%.~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function useImplicit(constructor: Function, name: string, scope: string): void {
  const place = `${name}~${scope}`;
  const other =
    implicitUses.get(place) ??
    explicitUses.get(name)?.find((use) => use.scope === scope && use.constructor !== constructor)
      ?.constructor;
  if (other !== undefined && other !== constructor) throw twoClasses(name);
  implicitUses.set(place, constructor);
}

function useExplicit(constructor: Function, id: string, scope: string): void {
  const other = implicitUses.get(`${id}~${scope}`);
  if (other !== undefined && other !== constructor) throw twoClasses(id);
  const uses = explicitUses.get(id) ?? [];
  if (uses.some((use) => use.constructor === constructor)) return;
  explicitUses.set(id, [...uses, { constructor, scope }]);
}

function twoClasses(name: string): ClassIdError {
  return new ClassIdError(
    `Two different classes answer to the id ${JSON.stringify(name)}, so they would share their results. ` +
      `Give each an id of its own: @cacheable({ id: "..." }).`,
  );
}

/**
 * The scope that a class's own decorators were written in. A class without any (one that inherits a
 * decorated method) has no place that could be told, so the started program and its source text
 * stand in: other programs, or other classes of that name, are then never taken for it.
 */
function scopeOfClass(constructor: Function, fallback: string | undefined): string {
  const chain = classChain(constructor);
  const own = declaredScope(constructor) ?? (chain.length > 1 ? undefined : fallback);
  if (own !== undefined) return own;
  const inherited = chain.findIndex((parent) => declaredScope(parent) !== undefined);
  const undecorated = inherited === -1 ? chain : chain.slice(0, inherited);
  const declaring = chain[inherited];
  const base = (declaring && declaredScope(declaring)) ?? fallback ?? "";
  return `${base}~${shortHash([mainScope(), ...undecorated.map(sourceText)].join("\0"))}`;
}

function declaredScope(constructor: Function): string | undefined {
  return (
    classDeclaration(constructor)?.scope ??
    scopeOfMethods(constructor.prototype as object | undefined) ??
    scopeOfMethods(constructor)
  );
}

function scopeOfMethods(owner: object | undefined): string | undefined {
  if (owner === undefined) return undefined;
  for (const name of Reflect.ownKeys(owner)) {
    const method: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
    const declaration = methodDeclaration(method);
    if (declaration !== undefined) return declaration.scope;
  }
  return undefined;
}
