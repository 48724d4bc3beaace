/** The floor of any webhook in Node.js: HTTPS, JSON.parse, a constant answer. Arguments: port, certificate, key. */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [port = "", cert = "", key = ""] = process.argv.slice(2);

const ANSWER = Buffer.from(
  JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: "constant", allowed: true },
  }),
);

createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": ANSWER.length,
    });
    response.end(ANSWER);
  });
}).listen(Number(port), "127.0.0.1");
