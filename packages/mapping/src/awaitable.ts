/** A hook may answer at once or later. Answering at once keeps hot reads free of waits. */
export type Awaitable<T> = T | Promise<T>;
