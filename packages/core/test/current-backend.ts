import { beforeEach } from "@jest/globals";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { configure, resetStats } from "@class-cache/core";

let backend: Backend = memory();

/** The configured backend of the running test. */
export function currentBackend(): Backend {
  return backend;
}

/** Gives each test an empty backend, the system's clock, and statistics that start at zero. */
export function startEachTestAfresh(): void {
  beforeEach(() => {
    backend = memory();
    configure({ backend, clock: undefined, onError: undefined });
    resetStats();
  });
}
