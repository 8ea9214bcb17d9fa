import { describe, expect, test } from "@jest/globals";
import { cached } from "@class-cache/core";
import { settled } from "../gate.ts";

export function describeCircles(): void {
  describe("circles of keys", () => {
    test("a method that awaits itself with the same key is computed once more, and told of", async () => {
      const told: string[] = [];
      let depth = 0;
      class SelfCaller {
        @cached({ onError: (error) => void told.push((error as { code?: string }).code ?? "") })
        async work(x: number): Promise<number> {
          depth += 1;
          return depth === 1 ? (await this.work(x)) + 1 : 10;
        }
      }
      const caller = new SelfCaller();
      expect(await caller.work(1)).toBe(11);
      expect(told).toEqual(["ERR_CYCLE"]);
      expect(depth).toBe(2);
    });

    test("two methods that await each other are, too", async () => {
      const told: string[] = [];
      const onError = (error: Error): void => void told.push((error as { code?: string }).code!);
      let ends = false;
      class PingPong {
        @cached({ onError }) async ping(): Promise<string> {
          await settled();
          if (ends) return "ping";
          ends = true;
          return `ping ${await this.pong()}`;
        }
        @cached({ onError }) async pong(): Promise<string> {
          await settled();
          return `pong ${await this.ping()}`;
        }
      }
      const pair = new PingPong();
      expect(await pair.ping()).toBe("ping pong ping");
      expect(told).toEqual(["ERR_CYCLE"]);
    });

    test("two computations begun apart that wait for each other both come to an end", async () => {
      const told: string[] = [];
      const onError = (error: Error): void => void told.push((error as { code?: string }).code!);
      const runs = { a: 0, b: 0 };
      class Crossed {
        @cached({ onError }) async a(): Promise<string> {
          runs.a += 1;
          await settled();
          return runs.a > 1 ? "a" : `a ${await this.b()}`;
        }
        @cached({ onError }) async b(): Promise<string> {
          runs.b += 1;
          await settled();
          return runs.b > 1 ? "b" : `b ${await this.a()}`;
        }
      }
      const crossed = new Crossed();
      const [a, b] = await Promise.all([crossed.a(), crossed.b()]);
      expect(a.startsWith("a")).toBe(true);
      expect(b.startsWith("b")).toBe(true);
      expect(told).toEqual(["ERR_CYCLE"]);
      expect(runs.a + runs.b).toBe(3);
    });

    test("calls with other keys are no circle", async () => {
      const told: string[] = [];
      class Fibonacci {
        @cached({ onError: (error) => void told.push(error.message) })
        async of(n: number): Promise<number> {
          if (n < 2) return n;
          const [one, two] = await Promise.all([this.of(n - 1), this.of(n - 2)]);
          return one + two;
        }
      }
      expect(await new Fibonacci().of(30)).toBe(832_040);
      expect(told).toEqual([]);
    });
  });
}
