/** What a cache is asked for. */
export interface Trace {
  /** What each item takes to compute, in milliseconds, and to store, in bytes. */
  readonly items: readonly { readonly cost: number; readonly bytes: number }[];
  /** Items by number, in the order of the requests. */
  readonly requests: readonly number[];
}

type Random = () => number;

const ITEMS = 3000;
const HOT_ITEMS = 100;

/** Popularity that never changes: the item of rank n is asked for in proportion to n to the -0.9. */
export function skewed(requests: number): Trace {
  const random = seeded(1);
  const rank = zipf(ITEMS, 0.9, random);
  return { items: itemsOf(random), requests: Array.from({ length: requests }, rank) };
}

/** Loops over more items than there is room for, between requests for a few that stay in demand. */
export function scanning(requests: number): Trace {
  const random = seeded(2);
  const items = itemsOf(random);
  const rank = zipf(HOT_ITEMS, 0.6, random);
  let scanned = 0;
  const next = (): number => {
    if (random() < 0.4) return rank();
    scanned += 1;
    return HOT_ITEMS + (scanned % (ITEMS / 2));
  };
  return { items, requests: Array.from({ length: requests }, next) };
}

/** Popularity as in the first trace, of other items as time goes by. */
export function shifting(requests: number): Trace {
  const random = seeded(3);
  const items = itemsOf(random);
  const rank = zipf(ITEMS, 0.9, random);
  const next = (_: unknown, time: number): number => (rank() + Math.floor(time / 40)) % ITEMS;
  return { items, requests: Array.from({ length: requests }, next) };
}

/** Sizes and costs vary over orders of magnitude, and depend on each other somewhat. */
function itemsOf(random: Random): Trace["items"] {
  return Array.from({ length: ITEMS }, () => {
    const size = normal(random);
    const bytes = Math.ceil(200 * Math.exp(size));
    return { bytes, cost: 20 * Math.exp(0.5 * size + 1.2 * normal(random)) };
  });
}

function zipf(count: number, exponent: number, random: Random): () => number {
  let total = 0;
  const sums = Float64Array.from(
    { length: count },
    (_, rank) => (total += (rank + 1) ** -exponent),
  );
  return () => {
    const drawn = random() * total;
    let low = 0;
    for (let high = count - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** From 0 to 1, the same for the same seed (mulberry32 by Tommy Ettinger). */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
