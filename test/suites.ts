/** One program whose result counts as tests. */
export interface Suite {
  readonly name: string;
  /** Program and arguments, run in the project's folder. */
  readonly command: readonly string[];
  /** How many tests the output tells of; `check` counts the program itself as one. */
  readonly counts: "check" | "jest" | "portcullis";
}

const node = ["node", "--disable-warning=ExperimentalWarning"];
const jest = [...node, "--experimental-vm-modules", "node_modules/jest/bin/jest.js"];

const SLOW = "**/*.slow.test.ts";
const END_TO_END = "test/e2e/";
const FUZZING = "fuzz.slow.test";
/** Each has more to do than to wait, so not both at the same time. */
const AT_WORK = ["under-load.slow.test", "api-servers.slow.test"] as const;

/** `make test`: cheap checks first, so that a slip is told within seconds. `opa` is the path of the pinned OPA. */
export function fastSuites(opa: string): readonly Suite[] {
  return [
    { name: "format", command: ["oxfmt", "--check", "."], counts: "check" },
    { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"], counts: "check" },
    { name: "types", command: ["tsc", "-p", "tsconfig.json"], counts: "check" },
    { name: "dead code", command: ["knip"], counts: "check" },
    { name: "policies: format", command: [opa, "fmt", "--fail", "--list", "policies"], counts: "check" },
    { name: "policies: strict", command: [opa, "check", "--strict", "policies"], counts: "check" },
    {
      name: "policies: tests",
      command: [...node, "src/main.ts", "test", "--opa", "--timeout", "120", "policies"],
      counts: "portcullis",
    },
    { name: "generated pages", command: [...node, "src/main.ts", "docs", "--check"], counts: "check" },
    { name: "Dockerfile", command: [...node, "image/main.ts", "docker", "--check"], counts: "check" },
    {
      name: "unit and contract",
      command: [...jest, "--testPathIgnorePatterns", "\\.slow\\.test\\.ts$"],
      counts: "jest",
    },
  ];
}

/**
 * `make test-slow`: what needs a long set-up or a long run. What takes every core does not run beside what waits, and
 * control planes wait most of the time.
 */
export function slowSuites(): readonly Suite[] {
  return [
    {
      name: "kubectl, installation and the running server",
      command: [...jest, "--testMatch", SLOW, "--testPathIgnorePatterns", FUZZING, END_TO_END],
      counts: "jest",
    },
    {
      name: "control planes",
      command: [
        ...jest,
        "--maxWorkers=3",
        "--testMatch",
        `**/${END_TO_END}*.slow.test.ts`,
        "--testPathIgnorePatterns",
        ...AT_WORK,
      ],
      counts: "jest",
    },
    ...AT_WORK.map((name): Suite => ({
      name: `a control plane at work: ${name.slice(0, name.indexOf("."))}`,
      // After thousands of requests Node.js sometimes never comes to an end while it cleans up (FreeEnvironment, in 24.21).
      command: [...jest, "--forceExit", "--testMatch", `**/${END_TO_END}${name}.ts`],
      counts: "jest",
    })),
    {
      name: "policies: mutants",
      command: [...node, "src/main.ts", "test", "--mutants", "policies"],
      counts: "check",
    },
    { name: "fuzzing", command: [...jest, "--testMatch", `**/${FUZZING}.ts`], counts: "jest" },
  ];
}
