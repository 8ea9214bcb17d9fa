/** A place in one of LevelDB's files that is not as it was written. */
export interface FileDamage {
  readonly offset: number;
  readonly problem: string;
}
