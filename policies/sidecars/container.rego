# METADATA
# scope: package
# title: Sidecar container
# description: |
#   Pods that ask for it with a label get one more container: a log shipper, a proxy, an agent.
#
#   Sets: the container of the parameters, as a native sidecar (an init container with `restartPolicy: Always`, before all
#   others, so that it runs before they do) or, with `native: false`, as the last of `spec.containers`, so that
#   `kubectl logs` and `exec` still take the Pod's own container first. With it come volumes, and environment variables and
#   volume mounts for the Pod's own containers: all of `spec.containers` and, with a native sidecar, the init containers
#   that are no sidecars themselves. (Of two sidecars with `native: false` the first is the Pod's own for the second.) What
#   the Pod has under the same name, or at the same mount path, stays as it is.
#
#   When: a Pod with the label is created, whoever makes it; in a Deployment the label belongs in
#   `spec.template.metadata.labels`. A Pod that has a container of that name already, its own or one that was added before,
#   gets nothing at all. Nor does a Pod on the host network, where the sidecar's ports would be the node's, nor a Windows
#   Pod (`spec.os.name` or the node selector `kubernetes.io/os` is `windows`), which could not run an image for Linux. Without the parameter `container` the policy
#   does nothing. In the Pod of a Job only a native sidecar lets the Job come to its end.
#
#   Several sidecars are several PolicyBindings of this policy, each with its own `container` and, if not all Pods get all
#   of them, its own `label`. Native ones start in the reverse order of the bindings' names, each before those that were
#   there.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
#     description: Sidecar containers
# custom:
#   severity: low
#   category: Sidecars
#   enforcement: warn
#   match:
#     resources: [pods]
#     operations: [CREATE]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       label:
#         description: The Pod's label by which it asks for the sidecar.
#         type: object
#         additionalProperties: false
#         properties:
#           key: {type: string, default: sidecars.portcullis.dev/inject}
#           value: {type: string, default: "true"}
#         default: {key: sidecars.portcullis.dev/inject, value: "true"}
#       container:
#         description: The container as it would stand in a Pod; without it the policy does nothing.
#         type: object
#         required: [name, image]
#         properties:
#           name: {type: string, pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'}
#           image: {type: string, minLength: 1}
#           command: {type: array, items: {type: string}}
#           args: {type: array, items: {type: string}}
#           env:
#             type: array
#             items:
#               type: object
#               required: [name]
#               properties:
#                 name: {type: string, minLength: 1}
#                 value: {type: string}
#           ports:
#             type: array
#             items:
#               type: object
#               required: [containerPort]
#               properties:
#                 containerPort: {type: integer, minimum: 1, maximum: 65535}
#           volumeMounts:
#             type: array
#             items:
#               type: object
#               required: [name, mountPath]
#       native:
#         description: Whether it is a native sidecar (Kubernetes 1.29 or later) or a container beside the others.
#         type: boolean
#         default: true
#       volumes:
#         description: Volumes of the Pod, added where it has none of that name.
#         type: array
#         items:
#           type: object
#           required: [name]
#           properties:
#             name: {type: string, minLength: 1}
#         default: []
#       environment:
#         description: Environment variables of the Pod's own containers, added where they have none of that name.
#         type: array
#         items:
#           type: object
#           required: [name]
#           properties:
#             name: {type: string, minLength: 1}
#             value: {type: string}
#         default: []
#       volumeMounts:
#         description: Volume mounts of the Pod's own containers, added where they have none at that path.
#         type: array
#         items:
#           type: object
#           required: [name, mountPath]
#           properties:
#             name: {type: string, minLength: 1}
#             mountPath: {type: string, minLength: 1}
#         default: []
#   remediation: Remove the label from the Pod, or correct the parameters of the PolicyBinding.
package sidecars.container

import data.lib.containers
import data.lib.pod
import data.lib.writable

# The container tells that all is done, so all that comes with it is added at once.
patch contains {"op": "upsert", "path": "/spec/initContainers", "position": "first", "value": sidecar} if {
	wanted
	input.parameters.native
	sidecar := object.union(input.parameters.container, {"restartPolicy": "Always"})
}

patch contains {"op": "upsert", "path": "/spec/containers", "value": input.parameters.container} if {
	wanted
	not input.parameters.native
}

patch contains {"op": "upsert", "path": "/spec/volumes", "value": volume} if {
	wanted
	some volume in input.parameters.volumes
	not volume.name in values(pod.spec, "volumes", "name")
}

patch contains {"op": "upsert", "path": $"{own}/env", "value": variable} if {
	wanted
	some own, container in own_containers
	names := values(container, "env", "name")
	some variable in input.parameters.environment
	not variable.name in names
}

patch contains {"op": "upsert", "path": $"{own}/volumeMounts", "key": "mountPath", "value": mount} if {
	wanted
	some own, container in own_containers
	paths := values(container, "volumeMounts", "mountPath")
	some mount in input.parameters.volumeMounts
	not mount.mountPath in paths
}

wanted if {
	input.request.object.kind == "Pod"
	input.request.object.metadata.labels[input.parameters.label.key] == input.parameters.label.value
	name := input.parameters.container.name
	not name in pod.container_names
	object.get(writable.spec, "hostNetwork", null) in {false, null}
	not pod.windows
	not for_windows
	every list in ["initContainers", "containers", "volumes"] {
		writable.takes_items(object.get(writable.spec, list, null))
	}
}

# Many who run Pods on Windows nodes say so with a selector only.
for_windows if pod.spec.nodeSelector["kubernetes.io/os"] == "windows"

# By their JSON pointers. Sidecars among the init containers are no part of the Pod's own work.
own_containers[$"/spec/containers/{i}"] := container if {
	some i, container in pod.containers.containers
}

own_containers[$"/spec/initContainers/{i}"] := container if {
	input.parameters.native
	some i, container in pod.containers.initContainers
	not containers.sidecar("initContainers", container)
}

# What the items of a list have for a key; undefined for what cannot take items.
values(holder, list, key) := {item[key] | some item in object.get(holder, list, [])} if {
	writable.takes_items(object.get(holder, list, null))
}
