import type { SendRequest } from "./request.ts";

/** Time of this process. */
export interface LocalTime {
  readonly date: () => Date;
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly monotonic: () => number;
}

/**
 * The clock of the API server, by the date of its answers, to about a second. It is who finds a certificate expired or not
 * valid yet, so its clock counts, whatever that of this machine says.
 */
export class ApiClock {
  readonly #local: LocalTime;
  #heard: { readonly date: Date; readonly at: number } | undefined;

  constructor(local: LocalTime) {
    this.#local = local;
  }

  /** Until the API server has been heard, the clock of this machine. */
  now(): Date {
    if (this.#heard === undefined) return this.#local.date();
    const { date, at } = this.#heard;
    return new Date(date.getTime() + this.#local.monotonic() - at);
  }

  /** Milliseconds by which the clock of this machine is ahead; undefined until the API server has been heard. */
  skew(): number | undefined {
    return this.#heard === undefined ? undefined : this.#local.date().getTime() - this.now().getTime();
  }

  /** The same way to the API server; every answer sets this clock. */
  setBy(send: SendRequest): SendRequest {
    return async (request) => {
      const answer = await send(request);
      if (answer.date !== undefined) this.#heard = { date: answer.date, at: this.#local.monotonic() };
      return answer;
    };
  }
}
