import { beforeEach, describe, expect, test } from "@jest/globals";
import { configure } from "@class-cache/core";
import { RoutePlanner } from "@class-cache/examples";
import type { Place, Tour } from "@class-cache/examples";
import { memory } from "@class-cache/mapping";

const cities: Place[] = [
  { name: "Lisbon", latitude: 38.72, longitude: -9.14 },
  { name: "Warsaw", latitude: 52.23, longitude: 21.01 },
  { name: "Madrid", latitude: 40.42, longitude: -3.7 },
  { name: "Berlin", latitude: 52.52, longitude: 13.4 },
  { name: "Paris", latitude: 48.86, longitude: 2.35 },
];

describe("RoutePlanner, decorated the legacy way", () => {
  beforeEach(() => configure({ backend: memory() }));

  test("finds the shortest round trip", async () => {
    const { stops, kilometres } = await new RoutePlanner().plan(cities);
    expect(stops).toEqual(["Lisbon", "Paris", "Berlin", "Warsaw", "Madrid"]);
    expect(kilometres).toBeGreaterThan(5500);
    expect(kilometres).toBeLessThan(6000);
  });

  test("plans the same places once, whatever function listens", async () => {
    const planned: Tour[] = [];
    const planner = new RoutePlanner();
    planner.onPlanned = (tour) => planned.push(tour);
    const first = await planner.plan(cities);
    expect(await new RoutePlanner().plan(structuredClone(cities))).toEqual(first);
    expect(planned).toHaveLength(1);
  });

  test("takes no place and one place", async () => {
    expect(await new RoutePlanner().plan([])).toEqual({ stops: [], kilometres: 0 });
    expect((await new RoutePlanner().plan([cities[0]!])).kilometres).toBe(0);
  });
});
