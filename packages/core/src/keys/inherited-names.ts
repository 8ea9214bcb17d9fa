const NOTHING = {};

/**
 * Whether plain objects inherit names that `for in` lists after their own. Nobody has any but who gives them
 * to all objects.
 */
export function areNamesInherited(): boolean {
  for (const _ in NOTHING) return true;
  return false;
}
