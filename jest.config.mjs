import { existsSync } from "node:fs";
import "./scripts/swc-binding-cache.mjs";
import { swcOptions } from "./scripts/swc-options.mjs";

const roots = ["packages", "examples", "docs", "scripts"]
  .filter((folder) => existsSync(new URL(folder, import.meta.url)))
  .map((folder) => `<rootDir>/${folder}`);

/**
 * Tests run the sources of every package of the workspace: the export condition
 * `@class-cache/source` leads to `src/index.ts`, so no build is needed before a test. Decorators are
 * compiled by the standard, except in folders named `legacy`.
 */
function project(displayName, { testMatch, testPathIgnorePatterns = [] }) {
  return {
    displayName,
    roots,
    testMatch,
    testPathIgnorePatterns: ["/node_modules/", "/dist/", ...testPathIgnorePatterns],
    modulePathIgnorePatterns: ["/dist/", "<rootDir>/docs/.snippets/"],
    extensionsToTreatAsEsm: [".ts"],
    testEnvironment: "<rootDir>/scripts/jest-environment.mjs",
    testEnvironmentOptions: {
      customExportConditions: ["@class-cache/source", "node", "node-addons"],
    },
    transform: {
      "/(src|test)/legacy/.*\\.ts$": ["@swc/jest", swcOptions({ legacy: true })],
      "\\.ts$": ["@swc/jest", swcOptions({ legacy: false })],
    },
    coveragePathIgnorePatterns: ["/node_modules/", "/dist/", "/test/"],
  };
}

export default {
  projects: [
    project("standard", {
      testMatch: ["**/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/test/legacy/"],
    }),
    project("legacy", { testMatch: ["**/test/legacy/**/*.test.ts"] }),
  ],
  coverageProvider: "babel",
  collectCoverageFrom: ["packages/*/src/**/*.ts"],
  maxWorkers: 2,
  testSequencer: "<rootDir>/scripts/longest-first.mjs",
  reporters: ["default", "<rootDir>/scripts/count-reporter.mjs"],
};
