import { samplesOf, type Page } from "./pages.ts";

/**
 * What a page says to type where a cluster is: kubectl, and the commands of Portcullis that need one. `kubectl apply` alone,
 * or with nothing but a flag, is talk of it.
 */
const COMMAND = /^(kubectl \S+ ([^-\s]|-\S* \S)|npm run portcullis -- (webhooks|doctor|uninstall)\b)/;

/** Each once, in the order of the page; those in the text as well as those that stand by themselves. */
export function clusterCommands(given: Page): readonly string[] {
  const lines = samplesOf(given)
    .filter(({ language }) => language === "")
    .flatMap(({ text }) => text.split("\n"));
  const withoutSamples = given.text.replaceAll(/^```.*?^```$/gms, "");
  const spans = [...withoutSamples.matchAll(/`([^`]+)`/g)].map(([, span = ""]) =>
    span.replaceAll(/\s+/g, " "),
  );
  return [...new Set([...lines, ...spans].filter((line) => COMMAND.test(line)))];
}
