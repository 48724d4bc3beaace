import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** A page of the documentation, by its path in the repository. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** What stands between two lines of backticks. */
export interface Sample {
  readonly language: string;
  readonly text: string;
  /** The file that the paragraph above names, as in "`images/registry.rego`:". */
  readonly file: string | undefined;
}

/** Every page that people write or read: at the root, under `docs`, beside the certificates and the policies. */
export async function allPages(): Promise<readonly Page[]> {
  const below = await Promise.all(["docs", "policies", "certs"].map((folder) => markdownIn(folder)));
  const files = ["README.md", "CONTRIBUTING.md", ...below.flat()];
  return Promise.all(files.map(page));
}

export async function page(file: string): Promise<Page> {
  return { file, text: await readFile(file, "utf8") };
}

async function markdownIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => path.posix.join(folder, name));
}

const FENCE = /^```(\w*)[^\n]*\n(.*?)^```$/gms;

export function samplesOf({ text }: Page): readonly Sample[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [, language = "", sample = ""] = match;
    const above = text.slice(0, match.index).trimEnd().split("\n").at(-1) ?? "";
    return { language, text: sample, file: [...above.matchAll(/`([\w./-]+\.\w+)`/g)].at(-1)?.[1] };
  });
}

/** The text without its samples, line for line. */
export function prose({ text }: Page): string {
  return text.replaceAll(FENCE, (sample) => sample.replaceAll(/[^\n]/g, ""));
}

/** The anchors that GitHub makes of the headings. */
function anchorsOf(given: Page): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(given).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) => slug(title));
  return new Set(
    headings.map((anchor) => {
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

/** As github-slugger: letters, digits, `_` and `-` stay, spaces become `-`. */
function slug(title: string): string {
  const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return plain.replaceAll(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-");
}

/** Where the links of a page lead, without those that leave the repository. */
export function linksOf(given: Page): readonly string[] {
  const text = prose(given).replaceAll(/`[^`\n]*`/g, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
    ([, inline, reference]) => inline ?? reference ?? "",
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Why a link leads nowhere; undefined if it leads somewhere. */
export async function faultOf(link: string, from: string): Promise<string | undefined> {
  const [target = "", anchor] = link.split("#");
  const file = target === "" ? from : path.posix.join(path.posix.dirname(from), target);
  if (!existsSync(file)) return `${from}: ${link}: there is no ${file}`;
  if (anchor === undefined) return undefined;
  if ((await stat(file)).isDirectory() || !file.endsWith(".md"))
    return `${from}: ${link}: ${file} has no anchors`;
  return anchorsOf(await page(file)).has(anchor) ? undefined : `${from}: ${link}: no such heading in ${file}`;
}
