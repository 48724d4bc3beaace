/** What `portcullis doctor` looks at, in the order of its report; `docs/reference/doctor.md` has the list. */
export const CHECKS = [
  {
    name: "api-server",
    about: "The API server answers, is new enough, and its clock agrees with the one here.",
  },
  { name: "your-permissions", about: "You may read what the other checks need." },
  {
    name: "resources",
    about: "The CustomResourceDefinition is there, established, and has this version's schema.",
  },
  {
    name: "workload",
    about: "Namespace, account, Deployment, Pods and Service are there, and Pods are ready.",
  },
  { name: "permissions", about: "The server's account may do everything that the manifests grant." },
  {
    name: "bindings",
    about: "The PolicyBindings of the cluster can be loaded beside the given policies and bindings.",
  },
  { name: "webhooks", about: "The webhook configurations are what the policies and bindings need." },
  {
    name: "failure-policy",
    about: "Nothing is under a failurePolicy that surprises: in the webhooks of Portcullis or of others.",
  },
  {
    name: "certificate",
    about: "The Secret's certificate and its authority fit, are valid, and are renewed in time.",
  },
  { name: "ca-bundle", about: "Every webhook trusts the certificate." },
  {
    name: "answer",
    about: "The API server asks Portcullis and gets its answer: a dry run through the installed webhooks.",
  },
  { name: "leader", about: "One replica holds the Lease and keeps certificates and webhooks." },
  { name: "exemptions", about: "No namespace is exempt from all policies." },
] as const;

export type CheckName = (typeof CHECKS)[number]["name"];

/** How bad a finding is. `unknown`: the check could not be made. */
export type Level = "problem" | "warning" | "unknown";
