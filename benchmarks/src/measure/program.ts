/** Figures of one round by what was timed, each in nanoseconds an operation. */
export type Round = Readonly<Record<string, number>>;

/** What a process of its own measures, a round at a time. */
export interface Program {
  /**
   * Gets ready for a case, its own warming up included.
   *
   * @returns false when it has no such operation
   */
  prepare(name: string): Promise<boolean>;
  round(): Promise<Round>;
  close(): Promise<void>;
}

/** What the module of a contender exports. */
export interface ProgramModule {
  /** @param options what the coordinator gave, JSON */
  readonly program: (options: never) => Promise<Program>;
}
