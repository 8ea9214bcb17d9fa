/** The same expectations, compiled under experimental decorators. */
export { types } from "../cached-batch.types.ts";
