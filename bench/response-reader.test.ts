import { describe, expect, test } from "@jest/globals";
import { responseReader, type ReadAnswer } from "./response-reader.ts";

function response(body: string, head = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${head}\r\n${body}`;
}

/** The answers in a text that arrives in pieces of `size` bytes. */
function read(text: string, size: number): readonly ReadAnswer[] {
  const answers: ReadAnswer[] = [];
  const take = responseReader((answer) => answers.push(answer));
  for (let start = 0; start < text.length; start += size) take(Buffer.from(text.slice(start, start + size)));
  return answers;
}

describe("the reader of responses", () => {
  const texts = [
    response('{"response":{"allowed":true}}'),
    response('{"response":{"allowed":false}}', "Connection: close\r\n"),
    'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 14\r\n\r\n"allowed":true',
    response("{}"),
  ];

  test.each([1, 2, 7, 64, 10_000])("finds every answer in pieces of %d bytes", (size) => {
    expect(read(texts.join(""), size)).toEqual([
      { kind: "allowed", keepAlive: true },
      { kind: "denied", keepAlive: false },
      { kind: "failed", keepAlive: true },
      { kind: "failed", keepAlive: true },
    ]);
  });

  test("gives nothing for a response that is not whole", () => {
    expect(read(response('{"allowed":true}').slice(0, -1), 10)).toEqual([]);
  });

  test("refuses a response without a length", () => {
    expect(() => read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 100)).toThrow(
      "no Content-Length",
    );
  });
});
