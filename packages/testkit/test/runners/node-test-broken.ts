/** Run by `suite.test.ts` in a process of its own: a backend that fails. */
import { test } from "node:test";
import { memory } from "@class-cache/mapping";
import { suite } from "@class-cache/testkit";
import { ForwardingBackend, ForwardingMapping } from "@class-cache/testkit/broken";

class Sizeless extends ForwardingMapping {
  override async size(): Promise<number> {
    return 0;
  }
}

suite({
  test: (name, run) => name.startsWith("basics: ") && test(name, run),
  backend: () => new ForwardingBackend(memory(), (inner) => new Sizeless(inner)),
});
