import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

/** Characters of an id that its folder's name shows. */
const SLUG_LENGTH = 40;

/**
 * `$XDG_CACHE_HOME/class-cache`; where that is not set, the folder for caches of the platform:
 * `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows, `~/.cache` elsewhere.
 */
export function defaultFolder(): string {
  return join(process.env.XDG_CACHE_HOME || platformCaches(), "class-cache");
}

function platformCaches(): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") {
    return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  }
  return join(homedir(), ".cache");
}

/**
 * The name of the folder that holds a mapping: what of the id is harmless in a path, for people, and
 * 128 bits of its SHA-256, which alone keep ids apart. All lower case, so that it holds on file
 * systems that do not tell cases apart.
 */
export function folderName(id: string): string {
  const slug = id
    .slice(0, SLUG_LENGTH)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  // Hashed as UTF-16: two ids that differ only in a lone surrogate are one in UTF-8.
  const digest = createHash("sha256").update(id, "utf16le").digest("hex").slice(0, 32);
  return slug === "" ? digest : `${slug}-${digest}`;
}
