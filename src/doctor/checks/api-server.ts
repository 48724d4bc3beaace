import { OLDEST } from "../../cluster/install/install.ts";
import { finding, lookFailed, notChecked, type Finding } from "../findings/finding.ts";
import type { Observation } from "../observe/observation.ts";

/** Milliseconds that clocks may differ before somebody should look. */
const TOLERABLE_SKEW = 5 * 60_000;

export function checkApiServer(observation: Observation): readonly Finding[] {
  return [...tooOld(observation), ...clockSkew(observation)];
}

function tooOld({ version, server }: Observation): readonly Finding[] {
  if (version.kind !== "seen") return [lookFailed("api-server", "The version of the API server", version)];
  const { major, minor } = version.value;
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return [];
  const oldest = `${OLDEST.major}.${OLDEST.minor}`;
  return [
    finding("api-server-too-old", {
      message: `The API server ${server} is Kubernetes ${major}.${minor}; Portcullis needs ${oldest} or later.`,
      fix: `Upgrade the cluster to Kubernetes ${oldest} or later.`,
    }),
  ];
}

function clockSkew({ apiTime, localTime }: Observation): readonly Finding[] {
  if (apiTime === undefined)
    return [notChecked("api-server", "The clock of the API server", "its answers have no date.")];
  const skew = localTime.getTime() - apiTime.getTime();
  if (Math.abs(skew) <= TOLERABLE_SKEW) return [];
  const minutes = Math.round(Math.abs(skew) / 60_000);
  return [
    finding("clock-skew", {
      message: `The clock here is ${minutes} minutes ${skew > 0 ? "ahead of" : "behind"} the API server's, which says ${apiTime.toISOString()}.`,
      fix: "Set the wrong one of the two clocks (NTP). All ages below are told by the API server's.",
    }),
  ];
}
