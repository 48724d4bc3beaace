/** One value of a table: what it is called, with how many decimals it is shown, and whether its ratio is too. */
interface Column {
  readonly key: string;
  readonly label: string;
  readonly digits: number;
  readonly ratio?: boolean;
}

/** The values of one row, by column, in one round. */
export type Sample = Readonly<Record<string, number>>;

/** What the issue asks for, held against what was measured. */
export interface Aim {
  readonly text: string;
  readonly value: number;
  readonly met: boolean;
}

/** What one measure gave: rows by name, each with a sample for every round. */
export interface Measurement {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: Readonly<Record<string, readonly Sample[]>>;
  /** The row that ratios are taken against. */
  readonly reference: string;
  readonly aims: readonly Aim[];
  readonly notes: readonly string[];
}

/** The middle value; of an even number, the higher one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median of a column of a row. */
export function medianOf({ rows }: Pick<Measurement, "rows">, row: string, key: string): number {
  return median((rows[row] ?? []).map((sample) => sample[key] ?? Number.NaN));
}

/** The median of the ratios by round: a slow second of the machine touches both sides of a pair. */
export function ratioOf(
  { rows }: Pick<Measurement, "rows">,
  [row, reference]: readonly [row: string, reference: string],
  key: string,
): number {
  const others = rows[reference] ?? [];
  return median(
    (rows[row] ?? []).map(
      (sample, round) => (sample[key] ?? Number.NaN) / (others[round]?.[key] ?? Number.NaN),
    ),
  );
}

/** An aim that a value stays at or below a bound, or reaches it. */
export function aim(
  text: string,
  value: number,
  bound: { readonly most: number } | { readonly least: number },
): Aim {
  return { text, value, met: "most" in bound ? value <= bound.most : value >= bound.least };
}

/** The measurement as a table for people. */
export function render(measurement: Measurement): string {
  const { title, columns, rows, reference, aims, notes } = measurement;
  const header = [
    "",
    ...columns.flatMap(({ label, ratio }) => (ratio === true ? [label, `÷ ${reference}`] : [label])),
  ];
  const lines = Object.keys(rows).map((row) => [row, ...cells(measurement, row)]);
  const table = [header, ...lines];
  const widths = header.map((_, index) => Math.max(...table.map((line) => line[index]?.length ?? 0)));
  const aligned = table.map((line) =>
    line
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const verdicts = aims.map(
    ({ text, value, met }) => `${met ? "met   " : "MISSED"}  ${text}: ${value.toPrecision(3)}`,
  );
  return [`\n${title}`, ...[...aligned, ...notes, ...verdicts].map((line) => `  ${line}`), ""].join("\n");
}

function cells(measurement: Measurement, row: string): readonly string[] {
  return measurement.columns.flatMap(({ key, digits, ratio }) => {
    const value = medianOf(measurement, row, key).toFixed(digits);
    if (ratio !== true) return [value];
    return [value, ratioOf(measurement, [row, measurement.reference], key).toFixed(2)];
  });
}
