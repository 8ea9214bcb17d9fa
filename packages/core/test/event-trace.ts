import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** Records what is published on the channels of class-cache, as `hit(memory)`, `miss`, `store`, `error(lookup)`. */
export class EventTrace implements Disposable {
  readonly events: string[] = [];
  readonly messages: Record<string, unknown>[] = [];
  readonly #listeners = ["hit", "miss", "store", "error"].map((kind) => {
    const listener = (message: unknown): void => {
      const { source, operation } = message as { source?: string; operation?: string };
      const detail = source ?? operation;
      this.events.push(detail === undefined ? kind : `${kind}(${detail})`);
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
