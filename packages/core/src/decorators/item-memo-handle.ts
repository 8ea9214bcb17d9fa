import { unwrapped } from "../memo/item-failure.ts";
import type { Loose } from "../options/only-async.ts";
import { InstanceMemoHandle } from "./memo-handle.ts";

/** The handle of a memo of items, each of which is a call of its own there. */
export class ItemMemoHandle extends InstanceMemoHandle {
  override refresh(...args: readonly unknown[]): Loose {
    return (super.refresh(...args) as Promise<unknown>).catch((error: unknown) => {
      throw unwrapped(error);
    });
  }
}
