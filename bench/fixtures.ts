import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { ensureDevelopmentCertificates } from "../certs/development-certificates.ts";
import { addLoop, LOOP_LABEL, writePolicies } from "./policy-sets.ts";
import { mustRun } from "./processes.ts";

/** Portcullis as users start it from a checkout. */
export const PORTCULLIS = ["--disable-warning=ExperimentalWarning", "src/main.ts"];

/** Portcullis as it is published. */
export const COMPILED = ["dist/main.js"];

/** Files that all measurements share, in a scratch folder. */
export interface Fixtures {
  readonly folder: string;
  readonly opa: string;
  /** Folders that the kit wrote: the rules for OPA's server, Conftest and Gatekeeper. */
  readonly rules: string;
  readonly bundles: {
    /** 20 policies; all match a Pod. */
    readonly twenty: string;
    /** 1,000 policies; the same 20 match a Pod. */
    readonly thousand: string;
    /** The 20, and one that loops on objects with LOOP_LABEL. */
    readonly loop: string;
  };
  readonly reviews: {
    readonly "4 KB": string;
    readonly "9 KB": string;
    readonly violating: string;
    readonly looping: string;
  };
  readonly certificates: { readonly ca: string; readonly cert: string; readonly key: string };
}

export type BodySize = "4 KB" | "9 KB";

/** Lets the kit write its rules and reviews, and builds bundles of them with `portcullis build`. */
export async function makeFixtures(kit: string, folder: string, opa: string): Promise<Fixtures> {
  const inside = (...parts: readonly string[]): string => path.join(folder, ...parts);
  await generate(kit, "gen-rules.mjs", [inside("rules")]);
  await generate(kit, "gen-rules.mjs", [inside("rules-1000"), "50"]);
  await generate(kit, "servers/gen-reviews.mjs", [inside("reviews")]);
  const certificates = inside("certificates");
  await mkdir(certificates);
  await ensureDevelopmentCertificates(certificates, new Date());

  await writePolicies(inside("rules", "admission"), inside("policies"));
  await writePolicies(inside("rules-1000", "admission"), inside("policies-1000"));
  await cp(inside("policies"), inside("policies-loop"), { recursive: true });
  await addLoop(inside("policies-loop"));
  const build = async (policies: string): Promise<string> => {
    const out = inside(`${policies}.tar.gz`);
    const args = [...PORTCULLIS, "build", "--policies", inside(policies), "--out", out];
    await mustRun({ command: process.execPath, args, environment: { OPA: opa } });
    return out;
  };
  return {
    folder,
    opa,
    rules: inside("rules"),
    bundles: {
      twenty: await build("policies"),
      thousand: await build("policies-1000"),
      loop: await build("policies-loop"),
    },
    reviews: {
      "4 KB": inside("reviews", "pod-4k.json"),
      "9 KB": inside("reviews", "pod-9k.json"),
      violating: inside("reviews", "deny-4k.json"),
      looping: await labelled(inside("reviews", "pod-4k.json"), inside("reviews", "looping.json")),
    },
    certificates: {
      ca: path.join(certificates, "ca.crt"),
      cert: path.join(certificates, "tls.crt"),
      key: path.join(certificates, "tls.key"),
    },
  };
}

/** Runs a generator of the kit, which writes files. */
export async function generate(kit: string, script: string, args: readonly string[]): Promise<void> {
  await mustRun({ command: process.execPath, args: [path.join(kit, script), ...args] });
}

const labelledReview = z.looseObject({
  request: z.looseObject({
    object: z.looseObject({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }) }),
  }),
});

/** A copy of a review whose object carries LOOP_LABEL. */
async function labelled(from: string, to: string): Promise<string> {
  const review = labelledReview.parse(JSON.parse(await readFile(from, "utf8")));
  review.request.object.metadata.labels[LOOP_LABEL.key] = LOOP_LABEL.value;
  await writeFile(to, JSON.stringify(review));
  return to;
}
