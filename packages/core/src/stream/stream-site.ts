import type { Entry } from "@class-cache/mapping";
import { unseal } from "../memo/envelope.ts";
import type { Freshness } from "../options/freshness.ts";
import type { MemoSettings } from "../options/options.ts";
import { RecordingChunks } from "./recording-chunks.ts";
import type { Recording } from "./recording.ts";
import { recordingIn } from "./recording.ts";
import { Site } from "../memo/site.ts";
import type { StoreOptions } from "../memo/store.ts";

/** Where a method's recorded streams are: a site for the recordings, and beside it their chunks. */
export class StreamSite extends Site {
  readonly chunks: RecordingChunks;

  constructor(options: StoreOptions, settings: MemoSettings, freshness: Freshness) {
    super(options, settings, freshness);
    this.chunks = new RecordingChunks(this.store, options.id);
  }

  async removeChunks(key: string, recording: Recording | undefined): Promise<void> {
    if (recording !== undefined) await this.chunks.remove(key, recording.run, recording.chunks);
  }

  /** The recording that an entry is, however old. */
  recordingOf(entry: Entry<unknown>): Recording | undefined {
    return recordingIn(unseal(entry.value).value);
  }

  /** Forgets a recording of which parts are lost, unless another has taken its place. */
  async removeBroken(key: string, broken: Recording): Promise<void> {
    this.forget(key);
    await this.store.spare("store", key, () =>
      this.whileStoring(key, async () => {
        if (await this.isNamed(key, broken.run)) await this.delete(key);
      }),
    );
    await this.removeChunks(key, broken);
  }

  /** Whether what is stored under a key is the recording of this run. */
  async isNamed(key: string, run: string): Promise<boolean> {
    const found = await this.read(key);
    return found !== undefined && recordingIn(found.value)?.run === run;
  }
}
