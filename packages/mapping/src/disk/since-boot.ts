import { uptime } from "node:os";

/**
 * Whether a file was changed since the machine was started, by its time of change: else power may have been
 * lost since, with what the system had not written to the device yet.
 *
 * @param changedMs milliseconds since the epoch
 */
export function isSinceBoot(changedMs: number): boolean {
  return changedMs > Date.now() - uptime() * 1000;
}
