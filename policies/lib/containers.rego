# METADATA
# title: Containers
# description: |
#   The containers of a pod spec one by one; `lib.pod` has the lists.
package lib.containers

import data.lib.pod

# METADATA
# scope: rule
# title: Every container and what messages need to know of it
# description: |
#   An array: first the init containers, then the containers, then the ephemeral containers. Each item has `container`,
#   the `list` that holds it and its `index` there, `who` it is in messages, and its `field`. Empty where `pod.spec` is
#   undefined.
# custom:
#   example: |
#     pod := {"kind": "Pod", "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
#     some item in containers.each with input as {"request": {"operation": "CREATE", "object": pod}}
#     item.container.image == "nginx"
#     item.list == "containers"
#     item.index == 0
#     item.who == "container \"web\""
#     item.field == "spec.containers[0]"
each := [
{"container": item, "list": list, "index": i, "who": pod.describe(list, item), "field": $"{pod.field}.{list}[{i}]"} |
	some list in pod.lists
	some i, item in pod.containers[list]
]

# METADATA
# scope: rule
# title: Whether a container is a native sidecar
# description: |
#   An init container that runs as long as the Pod (Kubernetes 1.29 or later). Undefined otherwise.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
#     description: Sidecar containers
# custom:
#   example: |
#     containers.sidecar("initContainers", {"name": "proxy", "restartPolicy": "Always"})
#     not containers.sidecar("initContainers", {"name": "setup"})
#     not containers.sidecar("containers", {"name": "web", "restartPolicy": "Always"})
sidecar(list, container) if {
	list == "initContainers"
	container.restartPolicy == "Always"
}
