/** What is stored under a call's key when its stream came to its end. */
export interface Recording {
  /** Names the run that was recorded; its chunks are stored under this name. */
  readonly run: string;
  /** How many chunks were stored apart. */
  readonly chunks: number;
  /** How many items there are, those in chunks included. */
  readonly items: number;
  /** Frames of the items after the last chunk; and of what the method returned or threw. */
  readonly tail: Uint8Array;
}

/** Begins what is stored; the number is the format's version. */
const MARK = "class-cache:stream:1";

/** @param asText for codecs that take no bytes */
export function storedBytes(bytes: Uint8Array, asText: boolean): Uint8Array | string {
  return asText
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")
    : bytes;
}

/** @returns undefined for what `storedBytes` does not give */
export function bytesIn(stored: unknown): Uint8Array | undefined {
  if (typeof stored === "string") return Buffer.from(stored, "base64");
  return stored instanceof Uint8Array ? stored : undefined;
}

/** The recording as it is stored. */
export function storedRecording(recording: Recording, asText: boolean): unknown {
  const { run, chunks, items, tail } = recording;
  return [MARK, run, chunks, items, storedBytes(tail, asText)];
}

/** @returns undefined for what is no recording, or one of another version */
export function recordingIn(stored: unknown): Recording | undefined {
  if (!Array.isArray(stored) || stored.length !== 5 || stored[0] !== MARK) return undefined;
  const [, run, chunks, items, bytes] = stored as [string, string, number, number, unknown];
  const tail = bytesIn(bytes);
  return tail === undefined ? undefined : { run, chunks, items, tail };
}
