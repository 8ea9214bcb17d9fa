import { afterAll, describe, expect, test } from "@jest/globals";
import { configure } from "@class-cache/core";
import fc from "fast-check";
import { finish, schedules } from "./memo-model-commands.ts";
import { setups } from "./memo-model-setup.ts";
import { MemoSubject } from "./memo-model-subject.ts";
import { MemoModel } from "./memo-model.ts";

const soak = process.env["CLASS_CACHE_SOAK"] === "1";
/** For each of the setups, on each of the backends. */
const numRuns = soak ? 300 : 40;
const maxCommands = 40;
/** Milliseconds, for machines that are busy. */
const patience = soak ? 1_800_000 : 60_000;

afterAll(() => {
  configure({ backend: undefined, clock: undefined });
});

describe.each([
  ["of one process", false],
  ["that processes share", true],
] as const)("over a backend %s a cached method does what its options say", (_name, isShared) => {
  test.each(Object.entries(setups))(
    "%s",
    async (_options, setup) => {
      await fc.assert(
        fc.asyncProperty(schedules(setup, isShared, maxCommands), async (schedule) => {
          const model = new MemoModel(setup, isShared);
          const subject = new MemoSubject(setup, isShared);
          await subject.begin();
          await fc.asyncModelRun(() => ({ model, real: subject }), schedule);
          await finish(model, subject);
          expect(subject.calls()).not.toContain("pending");
        }),
        { numRuns },
      );
    },
    patience,
  );
});
