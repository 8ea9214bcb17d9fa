import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { configure } from "@class-cache/core";
import { ExchangeRates } from "@class-cache/examples";
import { ManualClock, memory } from "@class-cache/mapping";

describe("ExchangeRates", () => {
  const clock = new ManualClock();
  let server: Server;
  let rate = 1;
  let status = 200;
  let rates: ExchangeRates;

  beforeEach(async () => {
    configure({ backend: memory(), clock });
    rate = 1;
    status = 200;
    server = createServer((_request, response) => {
      response.writeHead(status).end(JSON.stringify({ rate }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    rates = new ExchangeRates(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    configure({ backend: undefined, clock: undefined });
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  test("asks once a minute while the rate changes", async () => {
    expect((await rates.rate("EUR", "USD")).rate).toBe(1);
    rate = 2;
    clock.advance(59_000);
    expect((await rates.rate("EUR", "USD")).rate).toBe(1);
    clock.advance(1_000);
    expect((await rates.rate("EUR", "USD")).rate).toBe(2);
    expect(rates.requests).toBe(2);
  });

  test("brings the date back as a date", async () => {
    await rates.rate("EUR", "USD");
    const { at } = await rates.rate("EUR", "USD");
    expect(Object.prototype.toString.call(at)).toBe("[object Date]");
    expect(rates.requests).toBe(1);
  });

  test("keeps pairs and servers apart", async () => {
    await rates.rate("EUR", "USD");
    await rates.rate("USD", "EUR");
    await new ExchangeRates(`${rates.baseUrl}/v2`).rate("EUR", "USD");
    expect(rates.requests).toBe(2);
  });

  test("does not remember a failure", async () => {
    status = 503;
    await expect(rates.rate("EUR", "USD")).rejects.toThrow("HTTP 503");
    status = 200;
    expect((await rates.rate("EUR", "USD")).rate).toBe(1);
  });

  test("asks once for callers at the same time, of whom one gives up", async () => {
    const controller = new AbortController();
    const leaving = rates.rate("EUR", "USD", controller.signal);
    const staying = rates.rate("EUR", "USD");
    controller.abort(new Error("gave up"));
    await expect(leaving).rejects.toThrow("gave up");
    expect((await staying).rate).toBe(1);
    expect(rates.requests).toBe(1);
  });
});
