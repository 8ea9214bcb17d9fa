/** An array of holes. */
export function sparse(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}
