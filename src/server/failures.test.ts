import { expect, test } from "@jest/globals";
import { rawClient } from "../../test/raw-client.ts";
import { answerFailure } from "./failures.ts";
import { listenHttp } from "./listen.ts";

test("an answer that fails half-way breaks off, so that nobody takes it for whole", async () => {
  const codes: string[] = [];
  const rejected = ({ code }: { readonly code: string }): void => void codes.push(code);
  const server = await listenHttp({
    app: (_request, response) => {
      response.write("half");
      answerFailure(response, new Error("a fault"), rejected);
    },
    setting: { port: 0, flag: "--port", variable: "PORT" },
    rejected,
  });
  const client = await rawClient(server.port);
  client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  // The chunk without length that would end the answer never comes.
  expect(await client.closed()).not.toContain("\r\n0\r\n");
  expect(codes).toEqual(["INTERNAL"]);
  await server.stop();
});
