/** 50 MB of base documents, at the start and at a change under load: nobody waits until they are loaded. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryFolder } from "../policy-folder.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import * as life from "./life.ts";
import { originOf, SteadyLoad } from "./steady-load.ts";

const DATA_BYTES = 50_000_000;
const MINUTES = 60_000;
/** Answers between a change and its enforcement; the load sends more within two seconds, which loading takes. */
const LEAST_ANSWERS = 300;
/** Who sends and counts may stand still for as long as loading takes. */
const ATTEMPTS = 3;

/** Says which data decide, and gives one Pod of them as JSON. */
const POLICY = life.podPolicy(
  "says",
  `deny contains sprintf("says %s of %d", [data.word, count(data.inventory)]) if input.request.object

deny contains json.marshal(data.inventory[input.request.object.metadata.labels.show])`,
);

/** Pods by their name, until their JSON is as large as it should be. */
function inventory(word: string): Readonly<Record<string, object>> {
  const pods: Record<string, object> = {};
  for (let bytes = 0, index = 0; bytes < DATA_BYTES; index += 1) {
    const pod = {
      metadata: {
        labels: { app: `app-${index}`, word },
        name: nameOf(index),
        namespace: `team-${index % 50}`,
      },
      spec: {
        containers: Array.from({ length: 1 + (index % 3) }, (_, container) => ({
          image: `registry.example.com/team/app:${index}.${container}`,
          name: `c${container}`,
          resources: { limits: { memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
        })),
        nodeName: `node-${index % 97}`,
      },
      weight: index / 8,
    };
    pods[nameOf(index)] = pod;
    bytes += JSON.stringify(pod).length;
  }
  return pods;
}

const nameOf = (index: number): string => `pod-${index}`;

/** What is served, and what it says. */
interface Version {
  readonly word: string;
  readonly file: string;
  readonly pods: Readonly<Record<string, object>>;
}

let versions: readonly [Version, Version];
let place: string;
let server: RunningServer;

async function versionOf(word: string): Promise<Version> {
  const pods = inventory(word);
  const data = JSON.stringify({ inventory: pods, word });
  const { file } = await life.bundleOf({ "life/says.rego": POLICY, "data.json": data });
  return { word, file, pods };
}

beforeAll(async () => {
  versions = [await versionOf("one"), await versionOf("two")];
  place = path.join(await temporaryFolder(), "bundle.tar.gz");
  await life.replaceBy(place, versions[0].file);
  server = await startServer(await life.certificates(), ["--policies", place, "--workers=2"]);
}, 5 * MINUTES);

afterAll(() => server.stop());

/** What it says of the first Pods, the last, and some between, and what it should say. */
async function shown({ pods }: Version): Promise<readonly (readonly [string, string])[]> {
  const names = Object.keys(pods);
  const step = Math.floor(names.length / 20);
  const some = [...names.filter((_, index) => index < 5 || index % step === 0), names.at(-1) ?? ""];
  return Promise.all(
    some.map(async (name): Promise<readonly [string, string]> => {
      const answer = await server.post("/validate?timeout=10s", life.podReview({ show: name }));
      return [life.verdictOf(answer).status?.message ?? "", JSON.stringify(pods[name])];
    }),
  );
}

test("they are all there after the start", async () => {
  const { word, pods } = versions[0];
  expect((await originOf(server)).message).toContain(`says ${word} of ${Object.keys(pods).length}`);
  for (const [said, expected] of await shown(versions[0])) expect(said).toContain(expected);
});

/** Lets other data take over under load. Gives how many requests were answered between rename and enforced. */
async function answeredWhileLoading({ word, file }: Version): Promise<number> {
  const load = new SteadyLoad(server);
  await delay(500);
  const before = load.answered;
  await life.replaceBy(place, file);
  await life.eventually("the other data take over", async () =>
    (await originOf(server, "postAlone")).message.includes(`says ${word}`),
  );
  const meanwhile = load.answered - before;
  const { answers, rate } = await load.stop();
  life.tell(
    `${answers.length} requests at ${rate.toFixed(0)}/s; ${meanwhile} were answered between rename and enforced`,
  );
  expect(answers.filter(({ status }) => status === "rejected")).toEqual([]);
  return meanwhile;
}

test(
  "while others are loaded, requests are answered, and none fails",
  async () => {
    let most = 0;
    for (let attempt = 1; attempt <= ATTEMPTS && most <= LEAST_ANSWERS; attempt += 1) {
      const version = versions[attempt % 2 === 0 ? 0 : 1];
      most = Math.max(most, await answeredWhileLoading(version));
      for (const [said, expected] of await shown(version)) expect(said).toContain(expected);
    }
    expect(most).toBeGreaterThan(LEAST_ANSWERS);
  },
  5 * MINUTES,
);
