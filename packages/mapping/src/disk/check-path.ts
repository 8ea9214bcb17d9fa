import { resolve } from "node:path";
import { OptionError } from "../errors.ts";

/**
 * The path that an option gives, absolute.
 *
 * @param what it is of, in the words of the error: `a folder`, `a file`
 * @throws OptionError when it is not text, is empty, or no system could take it
 */
export function checkPath(path: string, option: string, what: string): string {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new OptionError(option, `the path of ${what}`, path);
  }
  return resolve(path);
}
