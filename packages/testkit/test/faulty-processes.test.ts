import { describe, expect, test } from "@jest/globals";
import { suite } from "@class-cache/testkit";
import { faults } from "./processes/faulty-backends.ts";

/** For each fault the case that has to find it, and how. */
const caught: readonly (readonly [fault: string, name: string, how: RegExp])[] = [
  [
    "remembers what it read",
    "processes: a process sees at its next call what another set or deleted",
    /equal/,
  ],
  [
    "remembers what it read for a while",
    "histories: reads, writes and deletes of many processes are as if made one after the other",
    /no order of the calls/,
  ],
  [
    "writes in place",
    "crashes: a writer that is killed amid large values leaves each whole, or as it was before",
    /torn value|no order of the calls|A worker failed|JSON/,
  ],
  [
    "acknowledges before it writes",
    "crashes: what was acknowledged before a writer was killed is there, and nothing is torn",
    /no order of the calls/,
  ],
  [
    "writes to one temporary file",
    "processes: 16 processes that write 32 keys each leave 512",
    /A worker failed|equal|JSON/,
  ],
  [
    "looks before it makes a folder",
    "processes: 6 processes that open a new store at once all work",
    /A worker failed/,
  ],
  [
    "forgets cost and expiry",
    "processes: what an entry cost and when it expires is known in another process, where it expires too",
    /equal/,
  ],
  [
    "limits each process by itself",
    "processes: limits are those of all processes together",
    /entries of at most/,
  ],
  [
    "leases within its process",
    "leases among processes: one process at a time holds a name",
    /two held it at once/,
  ],
  [
    "leases within its process",
    "histories: a number that processes count up under a lease loses none",
    /equal/,
  ],
  [
    "leases beyond death",
    "leases among processes: the death of its holder by SIGKILL gives a lease to who waits for it",
    /did not come/,
  ],
  [
    "never gives up waiting",
    "leases among processes: waiting for another process's lease can be given up, and is not granted later",
    /did not come/,
  ],
  [
    "tidies up what it does not know",
    "damage: foreign files and folders in the store's folder disturb nothing and stay",
    /ENOENT/,
  ],
  [
    "believes every byte",
    "damage: a flipped bit anywhere gives no wrong value and no stray error",
    /bit . of byte/,
  ],
  [
    "believes every byte",
    "damage: a file that is cut anywhere gives no wrong value and no stray error",
    /cut to/,
  ],
  [
    "declares bulk writes atomic",
    "crashes: a bulk write that is killed has taken effect for all entries or for none",
    /equal/,
  ],
  [
    "looks before it sets a default",
    "histories: setDefault gives all processes one value",
    /no order of the calls/,
  ],
  [
    "clears later",
    "histories: no clear loses what is written after it, or brings back what was there before",
    /no order of the calls/,
  ],
];

function casesOf(fault: string): ReadonlyMap<string, () => Promise<void>> {
  const Faulty = faults[fault];
  if (Faulty === undefined) throw new Error(`No backend ${fault}`);
  const cases = new Map<string, () => Promise<void>>();
  const module = new URL("processes/faulty-backends.ts", import.meta.url);
  module.searchParams.set("fault", fault);
  suite({
    test: (name, run) => cases.set(name, run),
    expect,
    backend: (place) => new Faulty(place),
    processes: { module, execArgv: ["--conditions=@class-cache/source"] },
    damage: "misses",
  });
  return cases;
}

/** Some faults show only when processes meet; a run in which they happen not to is made again. */
const MOST_RUNS = 8;

async function failureOf(run: () => Promise<void>): Promise<unknown> {
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    try {
      await run();
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

describe("the suite finds a backend that", () => {
  test.each(caught)(
    "%s, by %s",
    async (fault, name, how) => {
      const run = casesOf(fault).get(name);
      if (run === undefined) throw new Error(`There is no case ${name}.`);
      expect(String(await failureOf(run))).toMatch(how);
    },
    240_000,
  );

  test("is faulty in any of the ways", () => {
    expect(new Set(caught.map(([fault]) => fault))).toEqual(new Set(Object.keys(faults)));
  });
});
