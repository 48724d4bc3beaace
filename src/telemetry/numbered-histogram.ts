import { Histogram, type HistogramConfiguration, type LabelValues } from "prom-client";
import { grown } from "./numbered-counter.ts";

/** One line of a series, as prom-client's registry writes it. */
interface Sample<Label extends string> {
  readonly metricName: string;
  readonly labels: { readonly le?: number | string };
  readonly sharedLabels: LabelValues<Label>;
  readonly value: number;
}

interface NumberedHistogramConfiguration<Label extends string> extends HistogramConfiguration<Label> {
  /** Upper bounds, in rising order. */
  readonly buckets: number[];
}

/**
 * A histogram whose series have numbers and are kept in one array, for the reason that NumberedCounter has. A series can
 * be read as soon as it has a value.
 */
export class NumberedHistogram<Label extends string> extends Histogram<Label> {
  readonly #configuration: NumberedHistogramConfiguration<Label>;
  readonly #labelsOf: (series: number) => LabelValues<Label>;
  /** Of each series how many values fell into each bucket and beyond the last, and their sum. */
  #values = new Float64Array(0);

  constructor(
    configuration: NumberedHistogramConfiguration<Label>,
    labelsOf: (series: number) => LabelValues<Label>,
  ) {
    super(configuration);
    this.#configuration = configuration;
    this.#labelsOf = labelsOf;
  }

  add(series: number, value: number): void {
    const { buckets } = this.#configuration;
    const start = series * (buckets.length + 2);
    const sum = start + buckets.length + 1;
    if (sum >= this.#values.length) this.#values = grown(this.#values, sum);
    let bucket = 0;
    while (value > (buckets[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#values[start + bucket] = (this.#values[start + bucket] ?? 0) + 1;
    this.#values[sum] = (this.#values[sum] ?? 0) + value;
  }

  /** What prom-client 15 asks a histogram for, both for its text and in `get`; its types leave it out. */
  getForPromString(): Promise<object> {
    const { name, help, buckets } = this.#configuration;
    const width = buckets.length + 2;
    const values: Sample<Label>[] = [];
    for (let start = 0; start + width <= this.#values.length; start += width) {
      const [sum = 0, ...counts] = [...this.#values.subarray(start, start + width)].toReversed();
      if (counts.some((count) => count > 0)) {
        values.push(...this.#samples(start / width, counts.toReversed(), sum));
      }
    }
    return Promise.resolve({ name, help, type: "histogram", values });
  }

  #samples(series: number, counts: readonly number[], sum: number): readonly Sample<Label>[] {
    const { name, buckets } = this.#configuration;
    const sharedLabels = this.#labelsOf(series);
    let below = 0;
    const lines = counts.map((count, bucket) => {
      below += count;
      const le = buckets[bucket] ?? "+Inf";
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: below };
    });
    return [
      ...lines,
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: below },
    ];
  }
}
