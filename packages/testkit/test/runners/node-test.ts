/** Run by `suite.test.ts` in a process of its own: the suite as whoever writes a backend calls it. */
import { test } from "node:test";
import { memory } from "@class-cache/mapping";
import { suite } from "@class-cache/testkit";

suite({ test, backend: () => memory() });
