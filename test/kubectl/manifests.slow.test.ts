// oxlint-disable jest/no-standalone-expect -- the rule does not see that `real` is `test` or `test.skip`
/** Compares our reading of manifests with kubectl's own, built from its modules. Everything runs without a cluster. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeText } from "../../src/cli/manifest/encoding.ts";
import { availableOrReason } from "../cluster/for-tests.ts";
import { obtainPinnedKubectl } from "../cluster/obtain.ts";
import { corporaOrReason } from "../corpora.ts";
import { yamlBody } from "./arbitrary-yaml.ts";
import { bodyOf, ourObjects, sample } from "./comparison.ts";
import { readFolder, readSamples } from "./kubectl.ts";
import { TABLE } from "./table.ts";

const { env } = process;
/** The same each time, so that nobody's change fails for a document never tried before; set `MANIFESTS_SEED` to try others. */
const SEED = Number(env["MANIFESTS_SEED"] ?? 1);

const kubectl = await availableOrReason(
  "comparison with kubectl",
  obtainPinnedKubectl({ progress: (line) => process.stderr.write(`${line}\n`) }),
);
const path = kubectl.kind === "available" ? kubectl.value : "";
const compared = kubectl.kind === "available" ? describe : describe.skip;

/** Documents of which kubectl and we make different things; both refusing one is the same. */
function differences(texts: readonly string[]): readonly object[] {
  const theirs = readSamples(path, texts);
  return texts.flatMap((text, index) => {
    const kubectls = theirs.get(`n${index}`) ?? "refused";
    const ours = ourObjects(text).objects[0] ?? "refused";
    return kubectls === ours ? [] : [{ text, kubectl: kubectls, ours }];
  });
}

compared("kubectl", () => {
  describe("agrees with the table", () => {
    let readings: ReadonlyMap<string, string> = new Map();

    beforeAll(() => {
      readings = readSamples(
        path,
        TABLE.map(([, body], index) => sample(`n${index}`, body)),
      );
    });

    test.each(TABLE.map(([name, , json], index) => ({ name, json, index })))("$name", ({ json, index }) => {
      const object = readings.get(`n${index}`);
      expect(object === undefined ? undefined : bodyOf(object)).toBe(json);
    });
  });

  test("reads generated documents as we do", () => {
    fc.assert(
      fc.property(fc.array(yamlBody, { minLength: 400, maxLength: 400, size: "max" }), (bodies) => {
        expect(differences(bodies.map((body, index) => sample(`n${index}`, body)))).toEqual([]);
      }),
      // Shrinking four hundred documents would start kubectl thousands of times; the differences say enough.
      { seed: SEED, numRuns: 10, endOnFailure: true },
    );
  });

  test("reads floats as keys as we do, to seven digits", () => {
    const floats = fc.sample(fc.double({ noDefaultInfinity: true, noNaN: true }), {
      seed: SEED,
      numRuns: 500,
    });
    const bodies = floats.map((float) => ` {${float.toPrecision(7)}: a}`);
    expect(differences(bodies.map((body, index) => sample(`n${index}`, body)))).toEqual([]);
  });

  test("reads UTF-16 and byte order marks as we do", () => {
    const texts = ["n0", "n1", "n2", "n3"].map((name) => sample(name, " é"));
    const files = [
      Buffer.from(`\ufeff${texts[0]}`, "utf16le"),
      Buffer.from(`\ufeff${texts[1]}`, "utf16le").swap16(),
      Buffer.from(`\ufeff${texts[2]}`),
      Buffer.concat([Buffer.from(texts[3] ?? ""), Buffer.from([0xe2, 0x82, 0xff])]),
    ];
    const theirs = [...readSamples(path, files).values()];
    expect(theirs.toSorted()).toEqual(
      files.flatMap((file) => ourObjects(decodeText(file)).objects).toSorted(),
    );
  });

  const corpora = corporaOrReason("real manifests");
  const real = corpora === undefined ? test.skip : test;

  real("reads real manifests as we do", () => {
    const folder = join(corpora ?? "", "manifests");
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(ya?ml|json)$/.test(name),
    );
    const ours = names.map((name) => ({ name, ...ourObjects(readFileSync(join(folder, name), "utf8")) }));
    const { objects, stderr } = readFolder(path, folder);
    // The Kubernetes examples hold two configuration files that are no objects.
    const refused = ours.filter((reading) => reading.refused);
    expect(refused.map(({ name }) => name)).toEqual(
      names.filter((name) => stderr.includes(join(folder, name))),
    );
    expect(objects.toSorted()).toEqual(ours.flatMap((reading) => reading.objects).toSorted());
  });
});
