import { subscribe, unsubscribe } from "node:diagnostics_channel";

/**
 * Records what is published on the channels of class-cache, as `hit(memory)`, `hit(backend,stale)`,
 * `miss`, `miss(background)`, `store`, `error(lookup)`.
 */
export class EventTrace implements Disposable {
  readonly events: string[] = [];
  readonly messages: Record<string, unknown>[] = [];
  readonly #listeners = ["hit", "miss", "store", "error"].map((kind) => {
    const listener = (message: unknown): void => {
      const { source, operation, stale, background } = message as {
        source?: string;
        operation?: string;
        stale?: boolean;
        background?: boolean;
      };
      const details = [source, operation].filter((detail) => detail !== undefined);
      if (stale === true) details.push("stale");
      if (background === true) details.push("background");
      this.events.push(details.length === 0 ? kind : `${kind}(${details.join(",")})`);
      this.messages.push(message as Record<string, unknown>);
    };
    subscribe(`class-cache:${kind}`, listener);
    return { channel: `class-cache:${kind}`, listener };
  });

  /** The events since the last call. */
  take(): string[] {
    return this.events.splice(0);
  }

  [Symbol.dispose](): void {
    for (const { channel, listener } of this.#listeners) unsubscribe(channel, listener);
  }
}
