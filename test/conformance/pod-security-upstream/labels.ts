/** Random labels of namespaces, right and wrong ones, by which Pod Security admission takes level and version. */
import fc, { type Arbitrary } from "fast-check";

const LEVELS = ["privileged", "baseline", "restricted", "", "Baseline", "none"];

const VERSIONS = [
  "latest",
  "v1.0",
  "v1.7",
  "v1.8",
  "v1.18",
  "v1.19",
  "v1.22",
  "v1.25",
  "v1.34",
  "v1.35",
  "v1.37",
  "v1.38",
  "",
  "v1.",
  "v1.07",
  "v1.x",
  "1.20",
  "v1.20.1",
  "V1.20",
  "v2.0",
  "v1.99999999999999999999",
  "v1.1e1",
  "v1.-1",
];

const PREFIX = "pod-security.kubernetes.io/";

const label = fc.oneof(
  ...["enforce", "audit", "warn"].flatMap((mode) => [
    fc.tuple(fc.constant(`${PREFIX}${mode}`), fc.constantFrom(...LEVELS)),
    fc.tuple(fc.constant(`${PREFIX}${mode}-version`), fc.constantFrom(...VERSIONS)),
  ]),
);

export const labels: Arbitrary<Readonly<Record<string, string>>> = fc
  .uniqueArray(label, { minLength: 2, selector: ([name]) => name })
  .map((each) => Object.fromEntries(each));
