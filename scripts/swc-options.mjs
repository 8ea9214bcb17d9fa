const STANDARD_DECORATORS = { decoratorVersion: "2022-03" };
const LEGACY_DECORATORS = { legacyDecorator: true, decoratorMetadata: true };

/** Options with which @swc/core turns a TypeScript source into what the pinned Node runs. */
export function swcOptions({ legacy }) {
  return {
    swcrc: false,
    configFile: false,
    sourceMaps: "inline",
    jsc: {
      target: "es2022",
      parser: { syntax: "typescript", decorators: true },
      transform: {
        useDefineForClassFields: true,
        ...(legacy ? LEGACY_DECORATORS : STANDARD_DECORATORS),
      },
    },
    module: { type: "es6" },
  };
}
