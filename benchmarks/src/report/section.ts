/** A part of the report, about one suite. */
export interface Section {
  readonly title: string;
  /** What was measured and how, a paragraph each. */
  readonly text: readonly string[];
  readonly tables: readonly Table[];
  readonly plots: readonly Plot[];
  readonly targets: readonly Target[];
}

export interface Table {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Plot {
  /** Of its file, without the ending. */
  readonly name: string;
  readonly title: string;
  readonly height: number;
  /** For echarts. */
  readonly option: Readonly<Record<string, unknown>>;
}

/** What was set out to be reached. */
export interface Target {
  readonly what: string;
  /** In words, such as "at most 2". */
  readonly wanted: string;
  readonly reached: string;
  readonly met: boolean;
}
