import Sequencer from "@jest/test-sequencer";

/** What takes longest, the longest first. */
const LONG = [
  "packages/file/test/conformance.test.ts",
  "packages/sqlite/test/conformance.test.ts",
  "packages/level/test/conformance.test.ts",
  "packages/testkit/test/one-file-processes.test.ts",
  "packages/core/test/streams-processes.test.ts",
  "packages/testkit/test/broken.test.ts",
  "docs/test/snippets.test.ts",
  "packages/file/test/faults.test.ts",
  "packages/level/test/faults.test.ts",
  "packages/level/test/takeover.test.ts",
  "packages/file/test/crashes.test.ts",
  "packages/testkit/test/faulty-processes.test.ts",
  "examples/test/demo.test.ts",
  "packages/core/test/shared-memo.test.ts",
  "packages/sqlite/test/faults.test.ts",
  "packages/level/test/guest-conformance.test.ts",
  "packages/file/test/deaths.test.ts",
  "packages/core/test/shared-batches.test.ts",
  "packages/testkit/test/conformance.test.ts",
  "packages/testkit/test/fuzzing.test.ts",
];

/**
 * Begins with the files that take longest, so that no worker is left with one of them at the end. Jest
 * does so by itself once it knows how long each took; in a fresh clone it goes by their sizes.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ path }) {
  const found = LONG.findIndex((file) => path.endsWith(file));
  return found < 0 ? LONG.length : found;
}
