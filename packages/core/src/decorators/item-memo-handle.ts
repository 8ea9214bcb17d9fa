import { unwrapped } from "../memo/item-failure.ts";
import { InstanceMemoHandle } from "./memo-handle.ts";

/** The handle of a memo of items, each of which is a call of its own there. */
export class ItemMemoHandle extends InstanceMemoHandle {
  override async refresh(...args: readonly unknown[]): Promise<unknown> {
    try {
      return await super.refresh(...args);
    } catch (error) {
      throw unwrapped(error);
    }
  }
}
