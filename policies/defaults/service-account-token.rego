# METADATA
# scope: package
# title: No service account token by default
# description: |
#   Pods carry a token for the API server only if they ask for it. Whoever breaks into a container without one cannot
#   speak to the API server as the Pod's service account.
#
#   Sets: `automountServiceAccountToken: false` in ServiceAccounts and in the pod templates of workloads.
#
#   When: the field is absent while the object is created, and no controller made it. Pods are left alone: the API server
#   has mounted their token before it asks. What a pod template says goes before what its ServiceAccount says, so a
#   workload that needs the token must say `true` in its template.
#
#   Off until a binding turns it on, because workloads that speak to the API server and do not say so lose their token:
#   the enforcement `audit` counts and records what would be set, `warn` or `deny` in a PolicyBinding for
#   `defaults/service-account-token` sets it. With `match.resources: [serviceaccounts]` the binding leaves workloads alone.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting
#     description: Opt out of API credential automounting
# custom:
#   severity: medium
#   category: Defaults
#   enforcement: audit
#   match:
#     resources:
#       - serviceaccounts
#       - podtemplates
#       - replicationcontrollers
#       - replicasets.apps
#       - deployments.apps
#       - daemonsets.apps
#       - statefulsets.apps
#       - jobs.batch
#       - cronjobs.batch
#     operations: [CREATE]
#   remediation: Set automountServiceAccountToken to true where the token is needed.
package defaults.service_account_token

import data.lib.owner
import data.lib.writable

patch contains {"op": "default", "path": $"{holder.pointer}/automountServiceAccountToken", "value": false} if {
	input.request.operation == "CREATE"
	object.get(holder.value, "automountServiceAccountToken", null) == null
}

holder := {"pointer": writable.pointer, "value": writable.spec} if writable.template

holder := {"pointer": "", "value": input.request.object} if {
	input.request.object.kind == "ServiceAccount"
	not owner.controlled
}
