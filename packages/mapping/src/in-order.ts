/**
 * The numbers below `count` in an order, one by one: a heap, since of a million only the first few
 * thousand are wanted.
 *
 * @param isFirst whether one comes before another; never both ways
 */
export function* inOrder(
  count: number,
  isFirst: (a: number, b: number) => boolean,
): Iterable<number> {
  const heap = Uint32Array.from({ length: count }, (_, index) => index);
  let size = count;
  const sink = (from: number): void => {
    const sinking = heap[from]!;
    let at = from;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isFirst(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isFirst(heap[child]!, sinking)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = sinking;
  };
  for (let at = (size >> 1) - 1; at >= 0; at -= 1) sink(at);
  while (size > 0) {
    const first = heap[0]!;
    size -= 1;
    heap[0] = heap[size]!;
    sink(0);
    yield first;
  }
}
