import { createRequire } from "node:module";
import { UnsupportedRuntimeError } from "../errors.ts";

/** The part of `fs-native-extensions` that is used here: open file description locks. */
export interface NativeLocks {
  tryLock(fd: number, offset?: number, length?: number): boolean;
  unlock(fd: number, offset?: number, length?: number): void;
}

let native: NativeLocks | undefined;

/**
 * Loaded at the first lock: where the addon has no build, the rest of the package still loads.
 *
 * @throws UnsupportedRuntimeError when the platform has no build
 */
export function nativeLocks(): NativeLocks {
  if (native === undefined) {
    try {
      native = createRequire(import.meta.url)("fs-native-extensions") as NativeLocks;
    } catch (cause) {
      throw new UnsupportedRuntimeError(
        "Kernel file locks are not available on this platform: fs-native-extensions has no build " +
          "for it. Use another backend, such as sqlite().",
        { cause },
      );
    }
  }
  return native;
}
