import type { Theme } from "../case.ts";
import { basics } from "./basics.ts";
import { bulk } from "./bulk.ts";
import { expiry } from "./expiry.ts";
import { ids } from "./ids.ts";
import { iteration } from "./iteration.ts";
import { keys } from "./keys.ts";
import { leases } from "./leases.ts";
import { lifecycle } from "./lifecycle.ts";
import { limits } from "./limits.ts";
import { popAndSetDefault } from "./pop-and-set-default.ts";
import { prune } from "./prune.ts";
import { records } from "./records.ts";
import { reopening } from "./reopening.ts";
import { setOptions } from "./set-options.ts";
import { values } from "./values.ts";

/** The themes that need no process but their own, the simplest promises first. */
export const inProcess: readonly Theme[] = [
  basics,
  popAndSetDefault,
  setOptions,
  records,
  keys,
  values,
  bulk,
  iteration,
  expiry,
  prune,
  ids,
  limits,
  lifecycle,
  leases,
  reopening,
];
