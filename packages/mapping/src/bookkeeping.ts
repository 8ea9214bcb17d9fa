/** How the ids of mappings begin that hold bookkeeping. */
export const BOOKKEEPING_PREFIX = "~class-cache.";

/**
 * Whether a mapping holds bookkeeping of class-cache itself, such as what has been invalidated: its id
 * begins with `~class-cache.`. Limits neither count such a mapping nor take anything from it, for what
 * is lost there cannot be computed again. `prune()` by hand works on it as on every other.
 */
export function isBookkeeping(id: string): boolean {
  return id.startsWith(BOOKKEEPING_PREFIX);
}
