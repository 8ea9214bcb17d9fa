/** What a crash writer stores: the bytes follow from who wrote it and when, so that none can be mixed up. */
export interface CrashValue {
  readonly mark: string;
  readonly fill: string;
}

/** @param mark slot, life and step of the writer, as in `2.7.150` */
export function crashValue(mark: string): CrashValue {
  const step = Number(mark.split(".")[2]);
  const length = step % 97 === 0 ? 600_000 : step % 13 === 0 ? 40_000 : (step * 31) % 400;
  return { mark, fill: mark.padEnd(length, mark) };
}
