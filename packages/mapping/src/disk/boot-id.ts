import { readFileSync } from "node:fs";

let id: string | undefined;

/**
 * Tells the time since the machine was started from that before: whatever was not on the device by then may be
 * lost, in parts.
 *
 * @returns undefined where the system does not say
 */
export function bootId(): string | undefined {
  try {
    id ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return id;
  } catch {
    return undefined;
  }
}
