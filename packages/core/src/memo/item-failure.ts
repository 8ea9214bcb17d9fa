import { types } from "node:util";

const NAME = "class-cache.ItemFailure";

/**
 * What the call of one item rejects with where the method gave an error in the item's place: so it is
 * told apart from a rejection of the whole method, also after it was stored.
 */
export class ItemFailure extends Error {
  constructor(error: Error) {
    super(error.message, { cause: error });
    this.name = NAME;
  }
}

export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

export function isItemFailure(error: unknown): error is ItemFailure {
  return isError(error) && error.name === NAME;
}

/** The error that the method gave, where that is what it is. */
export function unwrapped(error: unknown): unknown {
  return isItemFailure(error) ? error.cause : error;
}
