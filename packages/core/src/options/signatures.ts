import type { AnyMethod } from "./only-async.ts";

/** The arguments and results of a method's signatures, of its last four where it is overloaded more often. */
type Signatures<Method extends AnyMethod> = Method extends {
  (...args: infer Args1): infer Result1;
  (...args: infer Args2): infer Result2;
  (...args: infer Args3): infer Result3;
  (...args: infer Args4): infer Result4;
}
  ? [Args1, Result1] | [Args2, Result2] | [Args3, Result3] | [Args4, Result4]
  : never;

/** What a method takes, by any of its signatures. */
export type ArgumentsOf<Method extends AnyMethod> = Signatures<Method>[0];

/** What a method gives for some arguments. */
export type ResultOf<Method extends AnyMethod, Args extends readonly unknown[]> = ResultIn<
  Signatures<Method>,
  Args
>;

type ResultIn<Signature, Args> = Signature extends [infer Taken, infer Given]
  ? Args extends Taken
    ? Given
    : never
  : never;
