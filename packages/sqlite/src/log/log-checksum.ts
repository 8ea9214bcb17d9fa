/** Two sums, as SQLite's log has them. */
export interface LogSum {
  readonly first: number;
  readonly second: number;
}

export const NO_SUM: LogSum = { first: 0, second: 0 };

/**
 * Goes on with a checksum of SQLite's log over pairs of words ("Checksum Algorithm" in SQLite's
 * "Write-Ahead Log File Format").
 *
 * @param words in the order of bytes that the log says it has
 */
export function addToSum(sum: LogSum, words: Int32Array, from: number, to: number): LogSum {
  let { first, second } = sum;
  for (let at = from; at < to; at += 2) {
    first = (first + words[at]! + second) | 0;
    second = (second + words[at + 1]! + first) | 0;
  }
  return { first, second };
}

/** What the sum was before words were added to it. */
export function sumBefore(sum: LogSum, words: Int32Array, from: number, to: number): LogSum {
  let { first, second } = sum;
  for (let at = to - 2; at >= from; at -= 2) {
    second = (second - words[at + 1]! - first) | 0;
    first = (first - words[at]! - second) | 0;
  }
  return { first, second };
}
