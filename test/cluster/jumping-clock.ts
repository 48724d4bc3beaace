/**
 * Loaded into a program before its own modules (`node --import`): with each SIGUSR2 its clock jumps, by 400 days, which is
 * longer than any leaf is valid: ahead, back to where it should be, as far behind that, and back to it again. Clocks that
 * only measure go on as they were.
 */
const JUMPS_MS = [400, -400, -400, 400].map((days) => days * 24 * 60 * 60 * 1_000);

const { now: realNow } = Date;
let jumps = 0;
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

process.on("SIGUSR2", () => {
  ahead += JUMPS_MS[jumps % JUMPS_MS.length] ?? 0;
  jumps += 1;
});
