import { StreamConsumer } from "./stream-consumer.ts";
import type { StreamSource } from "./stream-consumer.ts";
import { yieldingPlace } from "../memo/limiter.ts";

/** Consumers whose readers were dropped in the middle have left. */
const dropped = new FinalizationRegistry<Place>((place) => {
  void place.consumer?.leave(undefined, true).catch(() => undefined);
});

/** Where a reader's consumer is, once there is one; holds no reference to the reader. */
interface Place {
  consumer: StreamConsumer | undefined;
}

/**
 * What a decorated method that yields returns. Like the method itself, it begins to work when it is
 * first asked for an item.
 *
 * @param open called then
 */
export function streamReader(open: () => StreamSource): AsyncGenerator<unknown, unknown> {
  const place: Place = { consumer: undefined };
  const reader = read(place, open);
  dropped.register(reader, place);
  // Generators have it from Node.js 24 on.
  if (Symbol.asyncDispose in reader) return reader;
  return Object.defineProperty(reader as AsyncGenerator<unknown, unknown>, Symbol.asyncDispose, {
    value: async (): Promise<void> => {
      await (reader as AsyncGenerator<unknown, unknown>).return(undefined);
    },
    configurable: true,
    writable: true,
  });
}

async function* read(place: Place, open: () => StreamSource): AsyncGenerator<unknown, unknown> {
  const consumer = new StreamConsumer(open());
  place.consumer = consumer;
  try {
    for (;;) {
      const { done, value } = await yieldingPlace(consumer.next());
      if (done === true) return value;
      yield value;
    }
  } finally {
    await consumer.leave(new DOMException("This stream is no longer read.", "AbortError"), false);
  }
}
