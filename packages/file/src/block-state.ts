/**
 * `live`: records may be read and appended. `sealed`: a rebuild or a clear has begun, what stands
 * before the seal still counts until the successor is in place. `gone`: the file is not in its folder.
 */
export type BlockState = "live" | "sealed" | "gone";

/** `written`, with how many of the records changed something, or why they do not count. */
export type AppendOutcome = number | "sealed" | "gone";
