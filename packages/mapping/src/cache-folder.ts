import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where stores are by default: `$XDG_CACHE_HOME/class-cache`; where that is not set, `class-cache` in the
 * platform's folder for caches: `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows, `~/.cache`
 * elsewhere.
 */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || platformCaches(), "class-cache");
}

function platformCaches(): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") {
    return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  }
  return join(homedir(), ".cache");
}
