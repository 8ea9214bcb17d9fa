import { fileURLToPath } from "node:url";

/** The root folder of the repository, without a separator at its end. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(
  /[\\/]$/,
  "",
);
