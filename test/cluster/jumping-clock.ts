/**
 * Loaded into a program before its own modules (`node --import`): a signal sets its clock, wherever that was before.
 * Clocks that only measure go on as they were. Node.js uses none of these signals for a program without a terminal.
 */
const FAR_MS = 400 * 24 * 60 * 60 * 1_000;
/** By how much it is ahead from then on: further than any leaf is valid, or not at all. */
const AHEAD_MS = { SIGUSR2: FAR_MS, SIGURG: -FAR_MS, SIGWINCH: 0 } as const;

const { now: realNow } = Date;
let ahead = 0;
const now = (): number => realNow() + ahead;

globalThis.Date = new Proxy(Date, {
  construct: (target, args: readonly unknown[], newTarget) => {
    const made: unknown = Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget);
    if (made instanceof target) return made;
    throw new TypeError("A Date is no Date.");
  },
  get: (target, key): unknown => (key === "now" ? now : Reflect.get(target, key)),
});

for (const [signal, milliseconds] of Object.entries(AHEAD_MS))
  process.on(signal, () => {
    ahead = milliseconds;
  });
