import type { Entry } from "@class-cache/mapping";
import type { Terms } from "./envelope.ts";
import type { Age, Times } from "../options/freshness.ts";

/** A result that the backend had, opened. */
export interface Remembered extends Times {
  readonly value: unknown;
  readonly terms: Terms;
  /** Milliseconds that it took to compute; undefined: unknown. */
  readonly cost: number | undefined;
  /** When it ceases to exist; undefined: never. */
  readonly expiresAt: number | undefined;
  /** What it may serve for now. */
  readonly age: Age;
  readonly entry: Entry<unknown>;
}
