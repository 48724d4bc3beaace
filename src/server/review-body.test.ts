import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBodyMemory } from "./body-memory.ts";
import { readReviewBody } from "./review-body.ts";

function requestOf(pieces: readonly Uint8Array[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headers = { "content-type": "application/json" };
  for (const piece of pieces) request.push(piece);
  request.push(null);
  return request;
}

test("a body is the bytes that came, in whatever pieces, and gives back the memory that it took", async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.nat({ max: 200_000 }).map((length) => new Uint8Array(length).fill(length)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const memory = createBodyMemory(8 * 2 ** 20);
      const body = await readReviewBody(requestOf(pieces), memory);
      expect(Buffer.compare(body.bytes, Buffer.concat(pieces))).toBe(0);
      body.release();
      expect(memory.take(memory.limit)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a body in one piece is not copied", async () => {
  const piece = Buffer.alloc(4_096, 32);
  const { bytes } = await readReviewBody(requestOf([piece]), createBodyMemory(2 ** 20));
  expect(bytes.buffer).toBe(piece.buffer);
});

test("a body that is refused gives its memory back, too", async () => {
  const memory = createBodyMemory(2 ** 20);
  const pieces = Array.from({ length: 20 }, () => Buffer.alloc(100_000));
  await expect(readReviewBody(requestOf(pieces), memory)).rejects.toMatchObject({ code: "OVERLOADED" });
  expect(memory.take(memory.limit)).toBe(true);
});
