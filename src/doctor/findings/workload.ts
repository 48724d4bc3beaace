import { problem, warning } from "./entry.ts";

/** What can be found of what runs, and how it is reached. */
export const WORKLOAD_FINDINGS = {
  "namespace-missing": problem(
    "workload",
    "No server can run, and what is under failurePolicy Fail is rejected.",
  ),
  "namespace-terminating": problem(
    "workload",
    "The API server takes no new objects in it, so Portcullis cannot start again.",
  ),
  "service-account-missing": problem("workload", "Without it no new Pod is created."),
  "deployment-missing": problem("workload", "Nothing starts the server."),
  "pods-refused": problem("workload", "No replica that is lost comes back, and no new version starts."),
  "pod-unschedulable": warning(
    "workload",
    "With fewer replicas than wanted, the loss of a node can stop every covered write.",
  ),
  "image-not-pulled": problem(
    "workload",
    "The replica does not start; after a rollout, no replica of the new version does.",
  ),
  "pod-crashes": problem("workload", "The replica answers nobody, or only for moments."),
  "pod-not-ready": warning("workload", "The replica is asked nothing until it is ready."),
  "rollout-stuck": problem("workload", "The new version, or the new configuration, does not come into use."),
  "service-missing": problem("workload", "The API server finds Portcullis by its Service."),
  "service-port-missing": problem("workload", "The webhook configurations name a port that leads nowhere."),
  "service-selects-others": problem(
    "workload",
    "The API server asks whoever stands behind the Service; one that is no Portcullis fails every call that it gets.",
  ),
  "no-ready-pod": problem(
    "workload",
    "Nobody answers the API server: what is under failurePolicy Fail is rejected, everything else is let in unseen.",
  ),
  "replicas-missing": warning(
    "workload",
    "With fewer replicas than wanted, the loss of a node can stop every covered write.",
  ),
  "pod-versions-differ": warning("workload", "Replicas of different images may decide differently."),
  "pod-restarted": warning(
    "workload",
    "What ends a server once does so again, and two at once leave nobody to answer.",
  ),
};
