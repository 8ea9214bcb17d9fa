import type { FaultTheme } from "../fault-case.ts";
import { inspection } from "./inspection.ts";
import { versions } from "./versions.ts";

/** Every kind of fault, in the order in which they are registered. */
export const faultThemes: readonly FaultTheme[] = [inspection, versions];
