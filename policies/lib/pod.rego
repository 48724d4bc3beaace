# METADATA
# title: The pod spec inside an object
# description: |
#   Pods and every kind that holds a pod template, read in one way: `spec` is the pod spec, `field` its path inside the
#   object, `containers` its three container lists, `annotations` what belongs to the Pod. An UPDATE that changes
#   something else only has no `spec`: such requests (a label, a finalizer, the scaling of a ReplicaSet) must pass even
#   for objects that are older than the policy, or they could be neither repaired nor deleted. Where old and new are the
#   same altogether, as when a manifest is evaluated as an UPDATE, nothing is known of a change, and it is read.
package lib.pod

import data.lib.field as field_path

# Where each kind holds what the Pod is made of: its metadata and spec.
templates := {
	"Pod": [],
	"PodTemplate": ["template"],
	"ReplicationController": ["spec", "template"],
	"ReplicaSet": ["spec", "template"],
	"Deployment": ["spec", "template"],
	"DaemonSet": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
	"Job": ["spec", "template"],
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
}

# METADATA
# scope: document
# title: Where the pod spec is, as a list of names
# description: |
#   Undefined for kinds that hold none.
# custom:
#   example: |
#     pod.path == ["spec", "template", "spec"] with input.request.object.kind as "Deployment"
path := array.concat(templates[input.request.object.kind], ["spec"])

# METADATA
# scope: document
# title: The path of the pod spec
# description: |
#   Undefined for kinds that hold none.
# custom:
#   example: |
#     pod.field == "spec.jobTemplate.spec.template.spec" with input.request.object.kind as "CronJob"
field := concat(".", path)

# METADATA
# scope: document
# title: The pod spec
# description: |
#   Undefined for kinds that hold none, and for an UPDATE that leaves it as it was.
# custom:
#   example: |
#     object := {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}}
#     pod.spec == {"containers": [{"name": "web"}]} with input as {"request": {"operation": "CREATE", "object": object}}
spec := found if {
	not unchanged
	found := object.get(input.request.object, path, null)
	is_object(found)
}

unchanged if {
	input.request.operation == "UPDATE"
	object.get(input.request.object, path, null) == object.get(input.request.oldObject, path, null)
	input.request.object != input.request.oldObject
}

# Where the annotations of the Pod stand, for example `["spec", "template", "metadata", "annotations"]`.
annotations_path := array.concat(templates[input.request.object.kind], ["metadata", "annotations"])

# METADATA
# scope: document
# title: The annotations of the Pod or of the pod template
# description: |
#   Undefined where there are none, and for an UPDATE that changes neither them nor the pod spec.
# custom:
#   example: |
#     object := {"kind": "Pod", "metadata": {"annotations": {"team": "shop"}}, "spec": {}}
#     pod.annotations.team == "shop" with input as {"request": {"operation": "CREATE", "object": object}}
annotations := found if {
	not annotations_unchanged
	found := object.get(input.request.object, annotations_path, null)
	is_object(found)
}

annotations_unchanged if {
	unchanged
	object.get(input.request.object, annotations_path, null) == object.get(input.request.oldObject, annotations_path, null)
}

# METADATA
# scope: document
# title: The path of an annotation of the Pod or of the pod template
# custom:
#   example: |
#     field := pod.annotation_field("example.com/team") with input.request.object.kind as "Pod"
#     field == `metadata.annotations["example.com/team"]`
annotation_field(key) := field_path.join(concat(".", annotations_path), key)

# METADATA
# scope: document
# title: The names of the container lists
# description: |
#   In the order in which their containers start.
# custom:
#   example: |
#     pod.lists[0] == "initContainers"
lists := ["initContainers", "containers", "ephemeralContainers"]

# METADATA
# scope: document
# title: The container lists by their name
# description: |
#   Those that are lists; empty where `spec` is undefined.
# custom:
#   example: |
#     object := {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}}
#     lists := pod.containers with input as {"request": {"operation": "CREATE", "object": object}}
#     lists == {"containers": [{"name": "web"}]}
containers[list] := spec[list] if {
	some list in lists
	is_array(spec[list])
}

# METADATA
# scope: document
# title: The names of all containers
# description: |
#   Also where an UPDATE leaves them as they were.
# custom:
#   example: |
#     object := {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}}
#     names := pod.container_names with input as {"request": {"operation": "CREATE", "object": object}}
#     names == {"web"}
container_names contains name(container) if {
	some list in lists
	some container in object.get(input.request.object, array.concat(path, [list]), [])
}

# The API server reads a container without a name as one with an empty name.
default name(_) := ""

name(container) := container.name if container.name != null

# METADATA
# scope: document
# title: Whether the Pod says that it is for Windows
# description: |
#   The API server exempts such Pods from checks of fields that Windows does not have (Pod Security, from 1.25). Undefined
#   otherwise.
# custom:
#   example: |
#     object := {"kind": "Pod", "spec": {"os": {"name": "windows"}}}
#     pod.windows with input as {"request": {"operation": "CREATE", "object": object}}
windows if spec.os.name == "windows"

# METADATA
# scope: document
# title: Whether the Pod has a user namespace of its own
# description: |
#   Root in it is nobody on the node (Pod Security, from 1.35). Undefined otherwise.
# custom:
#   example: |
#     object := {"kind": "Pod", "spec": {"hostUsers": false}}
#     pod.user_namespace with input as {"request": {"operation": "CREATE", "object": object}}
user_namespace if spec.hostUsers == false

# METADATA
# scope: document
# title: The path of a field of a container
# custom:
#   example: |
#     field := pod.container_field("containers", 0, "image") with input.request.object.kind as "Pod"
#     field == "spec.containers[0].image"
container_field(list, index, below) := $"{field}.{list}[{index}].{below}"

nouns := {"initContainers": "init container", "containers": "container", "ephemeralContainers": "ephemeral container"}

# METADATA
# scope: document
# title: A container in messages
# custom:
#   example: |
#     pod.describe("initContainers", {"name": "setup"}) == "init container \"setup\""
describe(list, container) := $"{nouns[list]} \"{name(container)}\""
