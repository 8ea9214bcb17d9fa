import { ComputeTimeoutError } from "@class-cache/mapping";

/** The answer; after so many milliseconds what `instead()` gives, where that is something. */
export function softly<T>(
  answer: Promise<T>,
  milliseconds: number,
  instead: () => Promise<T | undefined>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      instead().then((other) => {
        if (other !== undefined) resolve(other);
      }, reject);
    }, milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * The answer, if it comes within so many milliseconds.
 *
 * @throws ComputeTimeoutError otherwise
 */
export function firmly<T>(answer: Promise<T>, milliseconds: number, method: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ComputeTimeoutError(method, milliseconds)),
      milliseconds,
    );
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
