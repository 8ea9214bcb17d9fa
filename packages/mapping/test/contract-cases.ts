import { afterEach, describe } from "@jest/globals";
import type { Backend } from "@class-cache/mapping";
import { backendCases } from "./contract-backends.ts";
import { entryCases } from "./contract-entries.ts";
import type { ContractOptions, ContractStore, ContractValues } from "./contract-store.ts";
import { wholeCases } from "./contract-whole.ts";

/** Everything that the contract of mappings and backends promises, asked of one backend. */
export function contractCases(
  name: string,
  start: () => ContractStore,
  { rich = true }: ContractValues = {},
): void {
  describe(`${name} keeps the contract`, () => {
    let ends: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const end of ends.reverse()) await end();
      ends = [];
    });

    function backendOf(options: ContractOptions = {}): Backend {
      const store = start();
      ends.push(() => store.end());
      const backend = store.make(options);
      ends.push(() => backend.close());
      return backend;
    }

    const subject = {
      backendOf,
      mappingOf: (options?: ContractOptions) => backendOf(options).open("mapping"),
    };
    entryCases(subject, rich);
    wholeCases(subject);
    backendCases(subject);
  });
}
