import type { Config } from "jest";

/**
 * Jest runs the TypeScript sources as ES modules; Node's own type stripping is the only transform.
 */
const config: Config = {
  testEnvironment: "node",
  roots: ["<rootDir>/src", "<rootDir>/test", "<rootDir>/certs", "<rootDir>/bench", "<rootDir>/image"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/strip-types.js" },
  maxWorkers: 2,
  testTimeout: 120_000,
};

export default config;
