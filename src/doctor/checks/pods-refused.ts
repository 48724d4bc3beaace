/** What to do about Pods that the API server refuses, by its words; the last is for everything else. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /violates PodSecurity/,
    "The labels pod-security.kubernetes.io/enforce of the namespace ask for more than the Pods of your overlay have: the manifests' own fit `restricted`, so look at what was added to them.",
  ],
  [
    /exceeded quota|must specify (limits|requests)/,
    "Raise the ResourceQuota of the namespace, or take away what uses it up.",
  ],
  [
    /(minimum|maximum) .* usage per|limit to request ratio/,
    "Change the LimitRange of the namespace, or the requests and limits of the Deployment.",
  ],
  [
    /failed calling webhook|denied the request/,
    "The webhook that it names is in the way: have its namespaceSelector leave the namespace out, or mend what answers for it.",
  ],
  [/service ?account/i, "Apply the manifests of your overlay again: the Pods need their ServiceAccount."],
  [/PriorityClass/i, "Name a priorityClassName that the cluster has and the namespace may use."],
  [/./, "Mend what the API server names; the Deployment tries again by itself."],
];

export function refusalFix(message: string): string {
  return REFUSALS.find(([words]) => words.test(message))?.[1] ?? "";
}
