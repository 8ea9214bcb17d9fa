import { expect, test } from "@jest/globals";
import { faults } from "@class-cache/testkit/faults";
import { faults as faulty } from "./processes/faulty-backends.ts";

const FAULT = "believes every byte";

/** @returns the cases of damage for a backend that believes every byte */
function casesAt(scale: "bounded" | "long"): ReadonlyMap<string, () => Promise<void>> {
  const Faulty = faulty[FAULT]!;
  const cases = new Map<string, () => Promise<void>>();
  const module = new URL("processes/faulty-backends.ts", import.meta.url);
  module.searchParams.set("fault", FAULT);
  faults({
    test: (name, run) => cases.set(name, run),
    backend: (place) => new Faulty(place),
    processes: { module, execArgv: ["--conditions=@class-cache/source"] },
    damage: "misses",
    seed: 1,
    scale,
  });
  return cases;
}

// A long run has processes try the injuries side by side.
test.each([
  ["a sample", "bounded"],
  ["processes side by side", "long"],
] as const)(
  "damage that is believed is found by %s, and named",
  async (_how, scale) => {
    const cases = casesAt(scale);
    for (const [harm, named] of [
      ["cut to any length", /cut to \d+ of \d+ bytes: [^]*CLASS_CACHE_SEED=1/],
      ["with any bit flipped", /bit \d of byte \d+ of \d+ flipped: [^]*CLASS_CACHE_SEED=1/],
    ] as const) {
      const [name] = [...cases.keys()].filter((found) => found.includes(`a small store ${harm}`));
      await expect(cases.get(name!)!()).rejects.toThrow(named);
    }
  },
  60_000,
);
