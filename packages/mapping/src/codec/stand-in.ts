import type { ErrorName } from "../built-in.ts";
import type { Trail } from "../value-path.ts";
import type { RegisteredClass } from "./classes.ts";

/** Properties, in an ordinary object, whatever their names. */
export type Parts = Record<string, unknown>;

/** An instance of a class with `toData`, and what that gave. */
export interface ConvertedStandIn {
  readonly kind: "converted";
  readonly of: RegisteredClass;
  readonly trail: Trail;
  data: unknown;
  /** Its place among those whose data has been written. */
  number?: number;
}

/**
 * What is written in place of an object that V8 does not keep as it is. In the graph that V8 writes
 * it is an empty typed array, which V8 hands to the writer as an object of the host. The parts are
 * written after the graph, so that they may lead back into it.
 */
export type StandIn =
  | { readonly kind: "url"; readonly href: string }
  | {
      readonly kind: "regexp";
      readonly source: string;
      readonly flags: string;
      readonly lastIndex: number;
    }
  /** An object without a prototype. */
  | { readonly kind: "bare"; readonly parts: Parts }
  /** `shown` are its enumerable properties, `hidden` the others. */
  | {
      readonly kind: "error";
      readonly of: ErrorName | RegisteredClass;
      readonly parts: { readonly hidden: Parts; readonly shown: Parts };
    }
  | { readonly kind: "instance"; readonly of: RegisteredClass; readonly parts: Parts }
  | ConvertedStandIn;

/** The numbers that mark host objects in the bytes. Part of the stored format. */
export const hostMark = {
  view: 0,
  sharedView: 1,
  url: 2,
  regexp: 3,
  bare: 4,
  error: 5,
  errorOfClass: 6,
  instance: 7,
  converted: 8,
} as const;

/** Defines a property, also where assigning would do something else: `__proto__`, inherited setters. */
export function define(target: object, name: string, value: unknown, enumerable = true): void {
  if (enumerable && !(name in target)) {
    (target as Parts)[name] = value;
    return;
  }
  Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: true });
}
