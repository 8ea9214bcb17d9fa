import { hash } from "node:crypto";

/** Characters up to which a key's text is its own place. */
const LONGEST = 200;

/**
 * What a key is indexed by: its text, or, where that is long, its beginning and the 256 bits of its
 * SHA-256. The beginning keeps neighbours together, so that writing many of them touches few pages.
 * No short text has the length of a long one's place, so that none can imitate another.
 */
export function placeOf(key: string): string {
  return isLong(key) ? key.slice(0, LONGEST) + hash("sha256", key, "base64url") : key;
}

/** Whether the key's text has to be stored beside its place. */
export function isLong(key: string): boolean {
  return key.length > LONGEST;
}
