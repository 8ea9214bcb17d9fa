import { cached, transient } from "@class-cache/core";

/** A rate as the server gave it. */
export interface Rate {
  readonly from: string;
  readonly to: string;
  readonly rate: number;
  readonly at: Date;
}

/**
 * Asks an HTTP service for exchange rates, at most once a minute for each pair, however many
 * processes of the machine ask. A failed request is not remembered.
 */
export class ExchangeRates {
  readonly baseUrl: string;

  /** Requests sent by this instance, which makes no difference to what they answer. */
  @transient requests = 0;

  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  @cached({ ttl: "1m" })
  async rate(from: string, to: string, signal?: AbortSignal): Promise<Rate> {
    this.requests += 1;
    const query = new URLSearchParams({ from, to }).toString();
    const response = await fetch(`${this.baseUrl}/rate?${query}`, { signal: signal ?? null });
    if (!response.ok) throw new Error(`No rate from ${from} to ${to}: HTTP ${response.status}.`);
    const { rate } = (await response.json()) as { rate: number };
    return { from, to, rate, at: new Date(response.headers.get("date") ?? Date.now()) };
  }
}
