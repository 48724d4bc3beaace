/** The samples of a Prometheus text, by series as it is written there. */
export function metricValues(text: string): ReadonlyMap<string, number> {
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** How many requests were decided in a way, over all operations, dry runs among them. */
export function decidedByMetrics(values: ReadonlyMap<string, number>, decision: string): number {
  return [...values]
    .filter(([series]) => series.startsWith("portcullis_admission_requests_total{"))
    .filter(([series]) => series.includes(`decision="${decision}"`))
    .reduce((sum, [, value]) => sum + value, 0);
}
