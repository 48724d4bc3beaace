# METADATA
# scope: package
# title: Resource requests by default
# description: |
#   Containers that ask for nothing get a request, so that the scheduler reserves something for them and quotas can count
#   them.
#
#   Sets: `resources.requests` of `spec.containers[*]` and `spec.initContainers[*]`, for each resource that the parameters
#   name.
#
#   When: the container has neither a request nor a limit of that resource (a limit is the request that is not set, so
#   that no request is ever above its limit), and the Pod has none for all its containers in `spec.resources`.
#
#   What a container asks for decides where it runs: Pods that asked for nothing may now wait for a node with room. A
#   PolicyBinding with `enforcement: audit` only counts them.
#
#   Only Pods are changed, while they are created: by then the namespace's LimitRange has filled in its own defaults,
#   which come first. In a pod template they would come too late, and a LimitRange with a lower limit would keep its Pods
#   from being created.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#     description: Resource management for Pods and containers
#   - ref: https://kubernetes.io/docs/concepts/policy/limit-range/
#     description: Limit ranges
# custom:
#   severity: medium
#   category: Defaults
#   enforcement: warn
#   match:
#     resources: [pods]
#     operations: [CREATE]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       requests:
#         description: The request by resource, each a quantity such as 100m or 128Mi.
#         type: object
#         additionalProperties:
#           anyOf:
#             - {type: number, minimum: 0}
#             - {type: string, pattern: '^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i|[numkMGTPE])|[eE][+-]?[0-9]+)?$'}
#         default: {cpu: 100m, memory: 128Mi}
#   remediation: Set resources.requests of the container to what it needs.
package defaults.resource_requests

import data.lib.pod
import data.lib.resources
import data.lib.writable

patch contains {"op": "default", "path": path, "value": request} if {
	writable.spec
	some list, containers in resources.containers
	some i, container in containers
	some name, request in missing
	not resources.effective(container, "requests", name)
	takes_requests(container)
	path := writable.container_pointer(list, i, $"resources/requests/{writable.token(name)}")
}

# What the whole Pod does not have.
missing[name] := request if {
	some name, request in input.parameters.requests
	not resources.effective(pod.spec, "requests", name)
}

takes_requests(container) if {
	writable.takes_members(object.get(container, "resources", null))
	writable.takes_members(object.get(container, ["resources", "requests"], null))
}
