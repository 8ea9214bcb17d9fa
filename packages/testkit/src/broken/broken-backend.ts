import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import type { Place } from "../options.ts";
import { ForwardingBackend } from "./forwarding-backend.ts";
import type { ForwardingMapping } from "./forwarding-mapping.ts";

/** A backend with one fault, and the theme that has to find it. */
export interface BrokenBackend {
  readonly name: string;
  /** What it does wrong. */
  readonly fault: string;
  readonly backend: (place: Place) => Backend;
  /** The name of a theme of which at least one case fails. */
  readonly caughtBy: string;
}

/** `memory()` through a faulty mapping. */
export function brokenMapping(
  name: string,
  fault: string,
  caughtBy: string,
  Faulty: typeof ForwardingMapping,
): BrokenBackend {
  return {
    name,
    fault,
    caughtBy,
    backend: (place) => new ForwardingBackend(memory(place), (inner) => new Faulty(inner)),
  };
}

/** `memory()` through a faulty backend. */
export function brokenBackend(
  name: string,
  fault: string,
  caughtBy: string,
  Faulty: new (inner: Backend) => Backend,
): BrokenBackend {
  return {
    name,
    fault,
    caughtBy,
    backend: (place) => new Faulty(memory(place)),
  };
}
