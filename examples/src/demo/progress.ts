/** Shows how far a pass is: one line that is written anew on a terminal, a line a quarter elsewhere. */
export class Progress {
  readonly #label: string;
  #quarter = 0;

  constructor(label: string) {
    this.#label = label;
  }

  show(done: number, of: number): void {
    const text = `${this.#label}: ${done} of ${of} files`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${text}${done === of ? "\n" : ""}`);
      return;
    }
    const quarter = Math.floor((4 * done) / of);
    if (quarter > this.#quarter) process.stderr.write(`${text}\n`);
    this.#quarter = quarter;
  }
}
