import type { Backend, Key } from "@class-cache/mapping";
import {
  checkBackend,
  checkFunction,
  checkId,
  checkNames,
  checkVersion,
} from "../options/check.ts";
import { declareClass } from "./metadata.ts";
import { callingFile, scopeOf } from "./scope.ts";

/** What may be declared of a whole class. */
export interface CacheableOptions<Instance = never> {
  /**
   * The class's id, used as it is: classes of one id share their results, in whatever program they
   * are. Default: the class's name, shared with no other package.
   */
  readonly id?: string | undefined;
  /** Counts beside the version of each method. Change it when results of all methods change. */
  readonly version?: number | string | undefined;
  /** Where results of this class and its subclasses are stored. Default: as `configure` says. */
  readonly backend?: Backend | undefined;
  /**
   * What identifies an instance, where the class has no method `[identity]()`. Subclasses do not
   * inherit it. Default: the instance's own fields that are not `@transient`.
   */
  readonly identity?: ((instance: Instance) => Key) | undefined;
}

/** The decorator that `cacheable(options)` gives, for both kinds of decorators. */
export interface CacheableDecorator<Instance> {
  <Class extends abstract new (...args: never) => Instance>(
    value: Class,
    context: ClassDecoratorContext<Class>,
  ): void;
  <Class extends abstract new (...args: never) => Instance>(value: Class): void;
}

const OPTIONS = ["id", "version", "backend", "identity"];

/**
 * Declares a class's id, version, backend or identity. Instances of such a class may be arguments of
 * cached methods.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown option
 */
export function cacheable<Instance = unknown>(
  options: CacheableOptions<Instance> = {},
): CacheableDecorator<Instance> {
  checkNames("cacheable", options, OPTIONS);
  const checked = {
    id: checkId("cacheable({ id })", options.id),
    version: checkVersion("cacheable({ version })", options.version),
    backend: checkBackend("cacheable({ backend })", options.backend),
    identity: checkFunction("cacheable({ identity })", options.identity),
  };
  const writtenIn = callingFile(cacheable);
  const decorate = (constructor: Function): void => {
    declareClass(constructor, { ...checked, scope: scopeOf(writtenIn, callingFile(decorate)) });
  };
  return decorate as CacheableDecorator<Instance>;
}
