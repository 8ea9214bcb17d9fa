/** Where the time of one operation goes, by V8's sampling profiler, in a process of its own. */
import type { Profiler } from "node:inspector";
import { Session } from "node:inspector/promises";
import { basename, dirname } from "node:path";
import { scratchFolder } from "../measure/scratch.ts";
import { calibrated, timed } from "../measure/timed.ts";
import { workOn } from "../stores/operations.ts";
import { payloads } from "../stores/payload.ts";
import { stores } from "../stores/rounds.ts";

const SAMPLING_US = 100;
const WARM_UP_MS = 1000;
const PROFILED_MS = 1500;

export interface ProfileOptions {
  readonly store: string;
  readonly payload: string;
  readonly operation: string;
}

export interface Profile extends ProfileOptions {
  /** Nanoseconds an entry, while it is profiled. */
  readonly time: number;
  /** Functions by their own time, the longest first. */
  readonly shares: readonly Share[];
}

export interface Share {
  readonly what: string;
  /** Of all the time. */
  readonly share: number;
}

export async function measure(options: ProfileOptions): Promise<Profile> {
  const payload = payloads.find(({ label }) => label === options.payload)!;
  const store = await stores[options.store]!(scratchFolder());
  for (const [index, key] of payload.keys.entries()) await store.set(key, payload.valueAt(index));
  const work = workOn(store, options.operation, payload)!;
  let done = 0;
  const run = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= work.entries) {
      await work.operation(done);
      done += 1;
    }
  };
  const count = await calibrated(run, { warmUpMs: WARM_UP_MS, roundMs: PROFILED_MS });
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_US });
  await session.post("Profiler.start");
  const time = await timed(run, count);
  const { profile } = await session.post("Profiler.stop");
  await store.close();
  return { ...options, time, shares: sharesOf(profile) };
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Share[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node)]));
  const times = new Map<string, number>();
  let all = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id)!;
    const delta = timeDeltas[index] ?? 0;
    times.set(name, (times.get(name) ?? 0) + delta);
    all += delta;
  }
  return Array.from(times, ([what, time]) => ({ what, share: time / all })).sort(
    (one, other) => other.share - one.share,
  );
}

/** What has no script is native: a call of the system, or of an engine. */
function nameOf({ callFrame: { functionName, url } }: Profiler.ProfileNode): string {
  const name = functionName === "" ? "(a function without a name)" : functionName;
  if (url === "") return name.startsWith("(") ? name : `${name}, native`;
  if (url.startsWith("node:")) return `${name}, ${url}`;
  return `${name}, ${basename(dirname(url))}/${basename(url)}`;
}
