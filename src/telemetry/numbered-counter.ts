import { Counter, type CounterConfiguration, type LabelValues } from "prom-client";

/**
 * A counter whose series have numbers. It counts in an array and hands that on to prom-client when the metrics are read:
 * prom-client looks a series up by its labels each time, which costs half a microsecond. Lives as long as its registry.
 */
export class NumberedCounter<Label extends string> {
  readonly #counter: Counter<Label>;
  readonly #labelsOf: (series: number) => LabelValues<Label>;
  /** By series, what has come since the metrics were read last. */
  #added = new Float64Array(64);

  constructor(configuration: CounterConfiguration<Label>, labelsOf: (series: number) => LabelValues<Label>) {
    this.#counter = new Counter({ ...configuration, collect: () => this.#pour() });
    this.#labelsOf = labelsOf;
  }

  /** Lets a series be read, at 0 if nothing was added. */
  show(series: number): void {
    this.#counter.inc(this.#labelsOf(series), 0);
  }

  add(series: number): void {
    if (series >= this.#added.length) this.#added = grown(this.#added, series);
    this.#added[series] = (this.#added[series] ?? 0) + 1;
  }

  #pour(): void {
    for (const [series, count] of this.#added.entries()) {
      if (count > 0) this.#counter.inc(this.#labelsOf(series), count);
    }
    this.#added.fill(0);
  }
}

/** A copy with room for an index, and for as much again: it is made seldom. */
export function grown(values: Float64Array<ArrayBuffer>, index: number): Float64Array<ArrayBuffer> {
  const room = new Float64Array(2 * (index + 1));
  room.set(values);
  return room;
}
