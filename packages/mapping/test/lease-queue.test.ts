import { describe, expect, test } from "@jest/globals";
import { LeaseQueue } from "@class-cache/mapping";

describe("a lease queue", () => {
  test("serves in the order of asking", async () => {
    const queue = new LeaseQueue();
    const order: number[] = [];
    const first = await queue.acquire("name");
    const rest = [1, 2, 3].map(async (number) => {
      const lease = await queue.acquire("name");
      order.push(number);
      await lease.release();
    });
    await first.release();
    await Promise.all(rest);
    expect(order).toEqual([1, 2, 3]);
  });

  test("keeps names apart", async () => {
    const queue = new LeaseQueue();
    await queue.acquire("a");
    expect((await queue.acquire("b")).name).toBe("b");
  });

  test("a lease released twice does not let two others in", async () => {
    const queue = new LeaseQueue();
    const first = await queue.acquire("name");
    let granted = 0;
    const wait = async (): Promise<void> => {
      await queue.acquire("name");
      granted += 1;
    };
    void wait();
    void wait();
    await first.release();
    await first.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(granted).toBe(1);
  });

  test("a waiter that gives up leaves the queue to those behind it", async () => {
    const queue = new LeaseQueue();
    const first = await queue.acquire("name");
    const controller = new AbortController();
    const given = queue.acquire("name", controller.signal);
    const behind = queue.acquire("name");
    controller.abort(new Error("gone"));
    await expect(given).rejects.toThrow("gone");
    await first.release();
    expect((await behind).name).toBe("name");
  });

  test("an abort after the grant takes nothing away", async () => {
    const queue = new LeaseQueue();
    const controller = new AbortController();
    const first = await queue.acquire("name");
    const second = queue.acquire("name", controller.signal);
    await first.release();
    controller.abort();
    const lease = await second;
    let third = false;
    void queue.acquire("name").then(() => (third = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(third).toBe(false);
    await lease.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(third).toBe(true);
  });
});
