import { defineMetadata, getOwnMetadata } from "reflect-metadata/no-conflict";
import type { Backend, Key } from "@class-cache/mapping";

/** What `cacheable` declared of a class. */
export interface ClassDeclaration {
  readonly id: string | undefined;
  readonly version: number | string | undefined;
  readonly backend: Backend | undefined;
  readonly identity: ((instance: never) => Key) | undefined;
  /** Where `cacheable` was written: the scope of an implicit id. */
  readonly scope: string;
}

/** What every decorated method carries: the scope of the file that decorated it. */
export interface ScopedDeclaration {
  readonly scope: string;
}

const CLASS = Symbol("class-cache.class");
const METHOD = Symbol("class-cache.method");
const TRANSIENT = Symbol("class-cache.transient");

let revision = 0;

/** Grows whenever a field is declared transient, so that what was derived before can be renewed. */
export function transientRevision(): number {
  return revision;
}

export function declareClass(constructor: Function, declaration: ClassDeclaration): void {
  defineMetadata(CLASS, declaration, constructor);
}

/** What was declared of this very class, nothing of its parents. */
export function classDeclaration(constructor: Function): ClassDeclaration | undefined {
  return getOwnMetadata(CLASS, constructor) as ClassDeclaration | undefined;
}

export function declareMethod(method: Function, declaration: ScopedDeclaration): void {
  defineMetadata(METHOD, declaration, method);
}

/** The declaration of a decorated method, given the function that stands on the class. */
export function methodDeclaration(method: unknown): ScopedDeclaration | undefined {
  if (typeof method !== "function") return undefined;
  return getOwnMetadata(METHOD, method) as ScopedDeclaration | undefined;
}

/** @param owner the class's prototype; for a static field, the class */
export function declareTransient(owner: object, name: string | symbol): void {
  let names = getOwnMetadata(TRANSIENT, owner) as Set<string | symbol> | undefined;
  if (names === undefined) {
    names = new Set();
    defineMetadata(TRANSIENT, names, owner);
  }
  if (names.has(name)) return;
  names.add(name);
  revision += 1;
}

/** The transient fields declared by the owner and by everything that it inherits from. */
export function transientFields(owner: object): ReadonlySet<string | symbol> {
  const all = new Set<string | symbol>();
  for (
    let at: object | null = owner;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const names = getOwnMetadata(TRANSIENT, at) as Set<string | symbol> | undefined;
    for (const name of names ?? []) all.add(name);
  }
  return all;
}
