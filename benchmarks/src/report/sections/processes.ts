import { quartiles } from "../../measure/quartiles.ts";
import type { Together } from "../../processes/suite.ts";
import { micros, short } from "../format.ts";
import { lines } from "../lines.ts";
import type { Section, Table, Target } from "../section.ts";
import { atLeast, atMost } from "../targets.ts";

const OURS = ["fileBlocks()", "sqlite()", "level(), owner"];
const MOST = 8;
const LONGEST_MS = 2;
const PACED = "a set each ms";

/** Of what as many processes as there are cores could do at most. */
const SCALING = 0.8;

export function processesSection(raw: readonly Together[], cores: number): Section {
  const modes = unique(raw.map(({ mode }) => mode));
  const stores = unique(raw.map(({ store }) => store));
  return {
    title: "Processes",
    text: [
      "Real processes that read and write 1,000 entries of 100 B in one store, each operation awaited before the " +
        "process's next, and 8,000 done before they are timed. In `level()`, the first process owns the " +
        "database, the others are its guests. Times are of all operations of all processes; with more " +
        "processes than cores they include the waiting for a core, as the last contender shows, which " +
        "shares nothing: it computes for 20 µs. " +
        "`node:sqlite` waits for locks up to 5 s. **a set each ms**: every process pauses for 1 ms after " +
        "each set, so that the cores are not what is waited for.",
    ],
    tables: modes.map((mode) => tableOf(raw, mode, stores)),
    plots: modes.map((mode) =>
      lines(
        `processes-${mode.replaceAll(/[^a-z0-9]+/g, "-")}`,
        `${mode}: operations a second by the number of processes`,
        {
          x: { name: "processes", type: "value" },
          y: { name: "operations a second", type: "log" },
        },
        stores.map((store) => ({
          name: store,
          points: countsOf(raw).map((processes) => [
            processes,
            medianOf(raw, store, mode, processes, "perSecond"),
          ]),
        })),
      ),
    ),
    targets: OURS.filter((store) => stores.includes(store)).flatMap((store) =>
      targetsOf(raw, store, cores),
    ),
  };
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

function countsOf(raw: readonly Together[]): number[] {
  return unique(raw.map(({ processes }) => processes));
}

function runsOf(
  raw: readonly Together[],
  store: string,
  mode: string,
  processes: number,
): Together[] {
  return raw.filter(
    (run) => run.store === store && run.mode === mode && run.processes === processes,
  );
}

function medianOf(
  raw: readonly Together[],
  store: string,
  mode: string,
  processes: number,
  what: "perSecond" | "p50" | "p99",
): number {
  return quartiles(runsOf(raw, store, mode, processes).map((run) => run[what])).median;
}

function worstOf(runs: readonly Together[]): number {
  return Math.max(...runs.map(({ worst }) => worst));
}

function failuresOf(runs: readonly Together[]): number {
  return runs.reduce((sum, { failed }) => sum + failed, 0);
}

function tableOf(raw: readonly Together[], mode: string, stores: readonly string[]): Table {
  return {
    caption: `${mode}: medians of ${runsOf(raw, stores[0]!, mode, 1).length} runs`,
    header: ["", "processes", "to 1", "a second", "p50, µs", "p99, µs", "worst, ms", "failed"],
    rows: stores.flatMap((store) =>
      countsOf(raw).map((processes) => {
        const runs = runsOf(raw, store, mode, processes);
        const perSecond = medianOf(raw, store, mode, processes, "perSecond");
        return [
          store,
          `${processes}`,
          short(perSecond / medianOf(raw, store, mode, 1, "perSecond")),
          short(perSecond),
          micros(medianOf(raw, store, mode, processes, "p50")),
          micros(medianOf(raw, store, mode, processes, "p99")),
          short(worstOf(runs) / 1e6),
          `${failuresOf(runs)}`,
        ];
      }),
    ),
  };
}

function targetsOf(raw: readonly Together[], store: string, cores: number): Target[] {
  const writers = [...runsOf(raw, store, "set", MOST), ...runsOf(raw, store, PACED, MOST)];
  const p99 = (mode: string): number => medianOf(raw, store, mode, MOST, "p99") / 1e6;
  const readers = (processes: number): number =>
    medianOf(raw, store, "get", processes, "perSecond");
  const scaling = readers(MOST) / readers(1);
  return [
    atMost(`\`${store}\`, ${MOST} writers: failed sets`, 0, failuresOf(writers)),
    atMost(`\`${store}\`, ${MOST} writers without a pause: p99`, LONGEST_MS, p99("set"), " ms"),
    atMost(`\`${store}\`, ${MOST} writers, a set each ms: p99`, LONGEST_MS, p99(PACED), " ms"),
    atLeast(
      `\`${store}\`, ${MOST} readers on ${cores} cores: times the reads of one`,
      SCALING * Math.min(cores, MOST),
      scaling,
    ),
  ];
}
