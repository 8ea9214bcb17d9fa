import type { FaultTheme } from "../fault-case.ts";
import { versions } from "./versions.ts";

/** Every kind of fault, in the order in which they are registered. */
export const faultThemes: readonly FaultTheme[] = [versions];
