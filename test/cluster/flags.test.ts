import { expect, test } from "@jest/globals";
import {
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  filesBelow,
  kwokFlags,
  schedulerFlags,
} from "./flags.ts";

const files = filesBelow("/control-plane");
const nodes = { scheduler: "kube-scheduler", kwok: "kwok", stages: "/cache/stages.yaml" };
const all = {
  etcd: etcdFlags(files),
  "kube-apiserver": apiServerFlags(files, 16_443),
  "kube-controller-manager": controllerManagerFlags(files, "/control-plane/config.json"),
  "kube-scheduler": schedulerFlags("/control-plane/config.json"),
  kwok: kwokFlags(nodes, "/control-plane/config.json"),
};

test.each(Object.entries(all))("%s gets each flag once", (_, flags) => {
  const names = flags.map((flag) => flag.split("=")[0]);
  expect(names).toEqual([...new Set(names)]);
});

test("whatever listens does so on loopback, on a socket or not at all", () => {
  const listening = Object.values(all)
    .flat()
    .filter((flag) => /^--(listen|bind|secure-port)/.test(flag));
  expect(listening).toEqual([
    "--listen-client-urls=unix:///control-plane/etcd.sock",
    "--listen-peer-urls=http://127.0.0.1:0",
    "--bind-address=127.0.0.1",
    "--secure-port=16443",
    "--secure-port=0",
    "--secure-port=0",
  ]);
});

test("the API server authorizes, restricts nodes, and controllers have accounts of their own", () => {
  expect(all["kube-apiserver"]).toEqual(
    expect.arrayContaining(["--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction"]),
  );
  expect(all["kube-controller-manager"]).toContain("--use-service-account-credentials=true");
});
