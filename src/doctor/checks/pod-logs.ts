import { shellWord } from "../findings/finding.ts";

/** Shows what every Pod said last: one of them leads, and another may be the one that does not get ready. */
export function podLogsCommand(namespace: string): string {
  // By the label: `kubectl logs` before Kubernetes 1.32 does not know --all-pods.
  return `kubectl logs --namespace=${shellWord(namespace)} --selector=app.kubernetes.io/name=portcullis --prefix --tail=200`;
}
