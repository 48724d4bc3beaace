import { expect, test } from "@jest/globals";
import { ApiClock } from "./clock.ts";

const LOCAL = new Date("2026-03-01T12:00:00Z");
let date = LOCAL;
let monotonic = 7;

function clock(): ApiClock {
  [date, monotonic] = [LOCAL, 7];
  return new ApiClock({ date: () => date, monotonic: () => monotonic });
}

test("it is this machine's until the API server has been heard", () => {
  const api = clock();
  expect([api.now(), api.skew()]).toEqual([LOCAL, undefined]);
});

test("the API server's goes on by what cannot be set, however this machine's clock jumps", async () => {
  const api = clock();
  const said = new Date("2026-03-01T11:50:00Z");
  await api.setBy(async () => ({ code: 200, body: {}, date: said }))({ method: "GET", path: "/" });
  expect([api.now(), api.skew()]).toEqual([said, 600_000]);
  monotonic += 30_000;
  date = new Date("2030-01-01T00:00:00Z");
  expect(api.now()).toEqual(new Date("2026-03-01T11:50:30Z"));
});

test("an answer without a date changes nothing", async () => {
  const api = clock();
  await api.setBy(async () => ({ code: 200, body: {} }))({ method: "GET", path: "/" });
  expect(api.skew()).toBeUndefined();
});
