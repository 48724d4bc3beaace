import { defineConfig, type OxlintOverride } from "oxlint";

/** What each folder of `src` may import from the others; anything else is an error. Tests may import what they need. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  quota: [],
  policy: ["engine"],
  admission: ["policy", "quota", "engine"],
  report: ["admission", "policy"],
  telemetry: ["admission", "policy"],
  workers: ["admission", "policy", "engine", "telemetry"],
  server: ["admission", "workers", "policy"],
  cluster: ["admission", "policy", "quota"],
  certificates: ["cluster", "policy"],
  doctor: ["admission", "certificates", "cluster", "policy", "report"],
  build: ["policy", "engine"],
  "policy-test": ["admission", "build", "engine", "policy", "report"],
};

/** Folders whose code is values in, values out: no Node module, no process, no clock, no chance. */
const PURE = new Set(["admission", "policy", "report", "quota"]);

const FOLDERS = [...Object.keys(MAY_IMPORT), "cli"];

const impure: NonNullable<OxlintOverride["rules"]> = {
  "no-restricted-globals": ["error", "process", "fetch", "setTimeout", "setInterval", "Buffer"],
  "no-restricted-properties": [
    "error",
    { object: "Date", property: "now", message: "The time comes in with the call." },
    { object: "performance", property: "now", message: "The time comes in with the call." },
    { object: "Math", property: "random", message: "The seed comes in with the call." },
  ],
};

function boundary(folder: string, allowed: readonly string[]): OxlintOverride {
  const forbidden = FOLDERS.filter((other) => other !== folder && !allowed.includes(other));
  const patterns = forbidden.map((other) => ({
    regex: `^(\\.\\./)+${other}/`,
    message: `src/${folder} may import only ${allowed.length === 0 ? "nothing else" : allowed.join(", ")} (oxlint.config.ts).`,
  }));
  const libraries = [
    ...(folder === "server" ? [] : [{ regex: "^express$", message: "Only src/server imports express." }]),
    ...(PURE.has(folder) ? [{ regex: "^node:", message: `src/${folder} is pure: no Node module.` }] : []),
    ...(folder === "engine"
      ? [{ regex: "^node:([^c]|c[^r])", message: "The engine uses node:crypto only." }]
      : []),
  ];
  return {
    files: [`src/${folder}/**/*.ts`],
    excludeFiles: [`src/${folder}/**/*.test.ts`],
    rules: {
      "no-restricted-imports": ["error", { patterns: [...patterns, ...libraries] }],
      "node/no-process-env": "error",
      ...(PURE.has(folder) ? impure : {}),
    },
  };
}

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "node", "jest"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["dist/", "node_modules/", "coverage/"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/only-throw-error": "error",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "max-lines": ["error", { max: 300 }],
    "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
    complexity: ["error", { max: 10 }],
    "max-depth": ["error", { max: 3 }],
    "max-params": ["error", { max: 4 }],
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    // tsc's noImplicitReturns and the exhaustiveness check say the same without faulting exhaustive switches.
    "typescript/consistent-return": "off",
    // @peculiar/x509 needs the polyfill before it is loaded.
    "import/no-unassigned-import": ["error", { allow: ["reflect-metadata"] }],
    // Named exports of one file are the unit here; a default export would be a second name for one thing.
    "import/no-named-as-default-member": "off",
    // `array.toSorted()` copies, which is what a pure function wants; the rule's other half flags Array.prototype.sort on fresh arrays.
    "unicorn/no-array-sort": "off",
  },
  overrides: [
    ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => boundary(folder, allowed)),
    {
      // Plain JavaScript, read before types can be: it has none to check.
      files: ["**/*.{js,mjs}"],
      rules: { "typescript/no-unsafe-assignment": "off" },
    },
    {
      files: ["**/*.test.ts", "test/**/*.ts", "bench/**/*.ts"],
      rules: { "max-lines": ["error", { max: 500 }], "max-lines-per-function": "off" },
    },
  ],
});
