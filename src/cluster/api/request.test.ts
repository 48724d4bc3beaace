import { afterEach, expect, test } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { freePort } from "../../../test/cluster/free-port.ts";
import { apiRequests } from "./request.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function apiServer(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

function requestsTo(url: string) {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: "c", server: url, skipTLSVerify: true },
    { name: "u", token: "t-1" },
  );
  return apiRequests({ kubeConfig, server: url });
}

test("a request carries the credentials, its query and its body, and any status is an answer with its date", async () => {
  const seen: unknown[] = [];
  const url = await apiServer((request, response) => {
    const { method, headers } = request;
    void text(request).then((body) => {
      seen.push([method, request.url, headers.authorization, headers["content-type"], body]);
      const date = "Sun, 06 Nov 1994 08:49:37 GMT";
      response.writeHead(409, { "content-type": "application/json", date }).end('{"kind":"Status"}');
    });
  });
  const answer = await requestsTo(url)({
    method: "PATCH",
    path: "/apis/x",
    query: { dryRun: "All" },
    body: { type: "application/apply-patch+yaml", value: { a: 1 } },
  });
  expect(answer).toEqual({
    code: 409,
    body: { kind: "Status" },
    date: new Date("1994-11-06T08:49:37Z"),
  });
  expect(seen).toEqual([
    ["PATCH", "/apis/x?dryRun=All", "Bearer t-1", "application/apply-patch+yaml", '{"a":1}'],
  ]);
});

test.each(["<html>", "[]", ""])("an answer that is no JSON object (%j) has an empty body", async (given) => {
  const url = await apiServer((_, response) => {
    response.sendDate = false;
    response.end(given);
  });
  expect(await requestsTo(url)({ method: "GET", path: "/version" })).toEqual({ code: 200, body: {} });
});

test.each(["soon", "Mon"])("a date that is none (%j) is left out", async (date) => {
  const url = await apiServer((_, response) => response.writeHead(200, { date }).end("{}"));
  expect(await requestsTo(url)({ method: "GET", path: "/version" })).toEqual({ code: 200, body: {} });
});

test("a call ends with its signal, before its time is over", async () => {
  const url = await apiServer(() => undefined);
  const request = { method: "GET", path: "/version", signal: AbortSignal.timeout(20) } as const;
  await expect(requestsTo(url)(request)).rejects.toMatchObject({
    code: "CLUSTER_UNREACHABLE",
    message: expect.stringMatching(/ could not be reached: no answer in time\.$/),
  });
});

test("an API server that is not there is told with its address and the reason", async () => {
  const url = `http://127.0.0.1:${await freePort("127.0.0.1")}`;
  await expect(requestsTo(url)({ method: "GET", path: "/version" })).rejects.toMatchObject({
    code: "CLUSTER_UNREACHABLE",
    message: expect.stringMatching(
      /^The API server http:\/\/127\.0\.0\.1:\d+ could not be reached: .*ECONNREFUSED/,
    ),
  });
});
