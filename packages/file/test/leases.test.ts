import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("a lease", () => {
  test("is free within 250 ms of its holder's violent death", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir });
    for (let round = 0; round < 3; round += 1) {
      const holder = new Child("lease-holder.ts", { dir, name: "name" });
      await holder.line("held");
      let isGranted = false;
      const waiting = backend.lease("name").then((lease) => {
        isGranted = true;
        return lease;
      });
      const other = await backend.lease("another name");
      await other.release();
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect(isGranted).toBe(false);
      const killed = performance.now();
      holder.signal("SIGKILL");
      await (await waiting).release();
      expect(performance.now() - killed).toBeLessThan(250);
    }
  });

  test("can be given up waiting for while another process holds it", async () => {
    const dir = temporaryFolder();
    const holder = new Child("lease-holder.ts", { dir, name: "name" });
    await holder.line("held");
    await using backend = fileBlocks({ dir });
    const controller = new AbortController();
    const first = backend.lease("name", { signal: controller.signal });
    const queued = backend.lease("name", { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 20);
    await expect(first).rejects.toBe(reason);
    await expect(queued).rejects.toBe(reason);
    await holder.kill();
    await (await backend.lease("name")).release();
  });

  test("of one backend excludes another backend of the same process", async () => {
    const dir = temporaryFolder();
    await using one = fileBlocks({ dir });
    await using other = fileBlocks({ dir });
    const held = await one.lease("name");
    let isGranted = false;
    const waiting = other.lease("name").then((lease) => {
      isGranted = true;
      return lease;
    });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(isGranted).toBe(false);
    await held.release();
    await held.release();
    await (await waiting).release();
  });

  test("ends with its backend, and who still waits for it is told", async () => {
    const dir = temporaryFolder();
    const one = fileBlocks({ dir });
    await using other = fileBlocks({ dir });
    const held = await one.lease("name");
    const kept = await other.lease("kept");
    const waiting = [one.lease("kept"), one.lease("kept"), one.lease("name")];
    await one.close();
    for (const lease of waiting) await expect(lease).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await (await other.lease("name")).release();
    await held.release();
    await kept.release();
  });

  test("excludes others also after the folder was removed and made anew", async () => {
    const dir = join(temporaryFolder(), "store");
    await using one = fileBlocks({ dir });
    await using other = fileBlocks({ dir });
    await (await one.lease("name")).release();
    const old = await one.lease("old");
    rmSync(dir, { recursive: true });
    await (await other.lease("name")).release();
    const held = await one.lease("name");
    let isGranted = false;
    const waiting = other.lease("name").then((lease) => {
      isGranted = true;
      return lease;
    });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(isGranted).toBe(false);
    await old.release();
    await held.release();
    await (await waiting).release();
  });

  test("of a store that cannot be is refused with the path", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await using backend = fileBlocks({ dir: join(file, "store") });
    await expect(backend.lease("name")).rejects.toMatchObject({ code: "ERR_STORE" });
    await expect(backend.lease("name")).rejects.toThrow(join(file, "store"));
  });
});
