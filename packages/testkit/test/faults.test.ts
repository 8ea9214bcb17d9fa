import { describe, expect, jest, test } from "@jest/globals";
import { memory } from "@class-cache/mapping";
import type { TestFunction } from "@class-cache/testkit";
import { ForwardingBackend, ForwardingMapping } from "@class-cache/testkit/broken";
import type { FaultsOptions, FaultTheme, Plan } from "@class-cache/testkit/faults";
import { faults } from "@class-cache/testkit/faults";

faults({ test, expect, name: "memory()", backend: (place) => memory(place) });

type Cases = Map<string, { run: () => Promise<void>; timeout: number }>;

/** What faults() registers, by name. */
function registered(options: Omit<FaultsOptions, "test">): Cases {
  const cases: Cases = new Map();
  const collect: TestFunction = (name, run, timeout) => void cases.set(name, { run, timeout });
  faults({ test: collect, ...options });
  return cases;
}

const backend = (place: object): ReturnType<typeof memory> => memory(place);

/** Notes the plan that its case is given. */
function noting(plans: Plan[]): FaultTheme {
  const run = async (_world: unknown, plan: Plan): Promise<void> => void plans.push(plan);
  return { name: "mine", cases: [{ name: "a fault", seconds: 5, run }] };
}

const MINE = "faults, mine: a fault";

describe("faults()", () => {
  test("skips what a backend cannot be put through, and says why", () => {
    const skip = jest.fn<(name: string) => void>();
    const cases = faults({ test: Object.assign(() => {}, { skip }), backend });
    const skipped = cases.filter((found) => found.skipped !== undefined);
    expect(skipped.map((found) => found.name.split(":")[0])).toContain("faults, kill loops");
    expect(skipped.map((found) => found.skipped)).toContain(
      "no function is given that sets a store's version",
    );
    expect(skip).toHaveBeenCalledTimes(skipped.length);
  });

  test("puts a backend through faults of its own", async () => {
    const plans: Plan[] = [];
    const cases = registered({ backend, themes: [noting(plans)], seed: 7, scale: "bounded" });
    await cases.get(MINE)?.run();
    expect(plans.map(({ seed, isLong }) => [seed, isLong])).toEqual([[7, false]]);
    expect(cases.get(MINE)?.timeout).toBe(5000);
  });

  test("leaves the same to chance for the same seed and purpose", async () => {
    const plans: Plan[] = [];
    for (const seed of [7, 7, 8]) {
      await registered({ backend, themes: [noting(plans)], seed })
        .get(MINE)
        ?.run();
    }
    const drawn = plans.map((plan) => {
      const random = plan.random("purpose");
      return [random(1000), random(1000), random(1000)].join();
    });
    expect(drawn[0]).toBe(drawn[1]);
    expect(drawn[0]).not.toBe(drawn[2]);
    expect(plans[0]?.random("another")(2 ** 30)).not.toBe(plans[0]?.random("purpose")(2 ** 30));
  });

  test("goes on for long when it is told to", async () => {
    const plans: Plan[] = [];
    const cases = registered({ backend, themes: [noting(plans)], scale: "long" });
    await cases.get(MINE)?.run();
    expect(plans[0]?.pick("bounded", "long")).toBe("long");
    expect(cases.get(MINE)?.timeout).toBeGreaterThan(600_000);
  });

  test("fails a backend that a fault breaks, and tells the seed that replays it", async () => {
    /** Takes the time at which it was stored for what makes an entry the newer one. */
    class Dated extends ForwardingMapping {
      #newest = -Infinity;

      override async set(...[key, value, options]: Parameters<ForwardingMapping["set"]>) {
        const now = clock?.now() ?? 0;
        if (now < this.#newest) return;
        this.#newest = now;
        await super.set(key, value, options);
      }
    }
    let clock: { now(): number } | undefined;
    const cases = registered({
      seed: 42,
      backend(place) {
        clock = place.clock;
        return new ForwardingBackend(memory(place), (mapping) => new Dated(mapping));
      },
    });
    const name = [...cases.keys()].find((found) => found.includes("outlives every jump")) ?? "";
    await expect(cases.get(name)?.run()).rejects.toThrow("CLASS_CACHE_SEED=42");
  });

  test.each<[string, object]>([
    ["a seed that is no number", { seed: "7" }],
    ["a scale that there is not", { scale: "short" }],
    ["themes that are no list", { themes: {} }],
    ["an effort, which scale stands for", { effort: 2 }],
  ])("refuses %s", (_name, options) => {
    const given = { test: () => {}, backend, ...options } as unknown as FaultsOptions;
    expect(() => faults(given)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
  });
});
