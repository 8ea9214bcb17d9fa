import { cacheable, cached, transient } from "@class-cache/core";

/** A place on the globe, in degrees. */
export interface Place {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** A closed tour. */
export interface Tour {
  readonly stops: string[];
  readonly kilometres: number;
}

const EARTH_RADIUS_KM = 6371;

/**
 * Finds the shortest round trip through some places, exactly (Held and Karp, A Dynamic Programming
 * Approach to Sequencing Problems, 1962), which takes time exponential in their number. Decorated the
 * legacy way, as under `experimentalDecorators` in a NestJS or Angular project.
 */
@cacheable({ id: "examples/route-planner", version: 1 })
export class RoutePlanner {
  /** Told of each tour that is computed. */
  @transient onPlanned: (tour: Tour) => void = () => {};

  @cached({ ttl: "30d" })
  async plan(places: readonly Place[]): Promise<Tour> {
    if (places.length === 0) return { stops: [], kilometres: 0 };
    const order = shortestTour(places.map((from) => places.map((to) => distance(from, to))));
    const stops = order.map((place) => places[place]!);
    const kilometres = stops.reduce(
      (sum, place, stop) => sum + distance(place, stops[(stop + 1) % stops.length]!),
      0,
    );
    const tour = { stops: stops.map(({ name }) => name), kilometres };
    this.onPlanned(tour);
    return tour;
  }
}

/** Along the great circle, by the haversine formula. */
function distance(from: Place, to: Place): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const north = Math.sin(radians(to.latitude - from.latitude) / 2) ** 2;
  const east = Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  const shrink = Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude));
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(north + shrink * east));
}

/** @returns the places' numbers in the order of the tour, from place 0 */
function shortestTour(distances: readonly (readonly number[])[]): number[] {
  const count = distances.length;
  const sets = 1 << count;
  const best = new Float64Array(sets * count).fill(Infinity);
  const before = new Int8Array(sets * count).fill(-1);
  best[count] = 0;
  for (let set = 1; set < sets; set += 2) {
    for (let last = 0; last < count; last += 1) {
      const length = best[set * count + last]!;
      if (length === Infinity) continue;
      for (let next = 1; next < count; next += 1) {
        if (set & (1 << next)) continue;
        const to = (set | (1 << next)) * count + next;
        const longer = length + distances[last]![next]!;
        if (longer < best[to]!) {
          best[to] = longer;
          before[to] = last;
        }
      }
    }
  }
  let set = sets - 1;
  let last = 0;
  for (let end = 1; end < count; end += 1) {
    const closed = best[set * count + end]! + distances[end]![0]!;
    if (last === 0 || closed < best[set * count + last]! + distances[last]![0]!) last = end;
  }
  const order: number[] = [];
  while (last > 0) {
    order.push(last);
    const previous = before[set * count + last]!;
    set &= ~(1 << last);
    last = previous;
  }
  return [0, ...order.reverse()];
}
