import { readdirSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { Child } from "./child.ts";
import { CrashHistory } from "./crash-history.ts";
import type { CrashValue } from "./crash-values.ts";
import { crashValue } from "./crash-values.ts";
import { diskBytes, filesIn, temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";
const KILLS = Number(process.env.CLASS_CACHE_KILLS ?? (soak ? 4000 : 200));
const WRITERS = 4;

const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("a store whose writers are killed", () => {
  test(
    "keeps every acknowledged write, returns no wrong value and opens again",
    async () => {
      const dir = temporaryFolder();
      const histories = Array.from({ length: WRITERS }, () => new CrashHistory());
      const wrong: string[] = [];
      const reports: string[] = [];
      await using witness = fileBlocks({ dir, maxBlockBytes: 2500 });
      const watched = witness.open<string, CrashValue>("shared");

      async function live(slot: number, life: number): Promise<void> {
        const history = histories[slot] ?? new CrashHistory();
        const writer = new Child("crash-writer.ts", { dir, slot, life });
        await writer.count(1 + Math.random() * 30);
        await later(Math.random() * 3);
        writer.signal("SIGKILL");
        expect(await writer.ended).toBe("SIGKILL");
        reports.push(...history.add(slot, life, writer.lines));
        wrong.push(...(await history.check("shared", watched)));
        const own = witness.open<string, CrashValue>(`own ${slot}`);
        wrong.push(...(await history.check("own", own)));
      }

      await Promise.all(
        Array.from({ length: WRITERS }, async (_, slot) => {
          for (let life = 0; life < KILLS / WRITERS; life += 1) await live(slot, life);
        }),
      );
      await using backend = fileBlocks({ dir, maxBlockBytes: 2500 });
      const shared = backend.open<string, CrashValue>("shared");
      for (const [slot, history] of histories.entries()) {
        wrong.push(...(await history.check("shared", shared)));
        wrong.push(
          ...(await history.check("own", backend.open<string, CrashValue>(`own ${slot}`))),
        );
        expect(history.acknowledged).toBeGreaterThan(KILLS / WRITERS);
      }
      const contested = backend.open<number, CrashValue>("contested");
      for await (const [, value] of contested) {
        if (value.fill !== crashValue(value.mark).fill) wrong.push("contested holds wrong bytes");
      }
      expect(wrong).toEqual([]);
      // A write that was cut short is all that may be called damaged, not a record of anybody else.
      expect(reports.filter((report) => !report.includes("A stretch of"))).toEqual([]);

      let liveBytes = 0;
      for await (const id of backend.ids()) {
        const mapping = backend.open<string, CrashValue>(id);
        await mapping.set("one more", crashValue("9.9.1"));
        liveBytes += (await mapping.prune()).bytes;
        expect(await mapping.get("one more")).toEqual(crashValue("9.9.1"));
      }
      expect(filesIn(dir).filter((path) => path.endsWith(".tmp"))).toEqual([]);
      expect(readdirSync(dir).filter((name) => name.includes(".dropped-"))).toEqual([]);
      expect(diskBytes(dir)).toBeLessThan(liveBytes * 1.1 + 400_000);
    },
    soak ? 3_600_000 : 300_000,
  );
});
