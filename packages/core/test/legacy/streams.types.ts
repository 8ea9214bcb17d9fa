/** The same expectations, compiled under experimental decorators. */
export { types } from "../streams.types.ts";
