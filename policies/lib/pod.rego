# METADATA
# title: The pod spec inside an object
# description: |
#   Pods and every kind that holds a pod template, read in one way: `spec` is the pod spec, `field` its path inside the
#   object, `containers` its three container lists. An UPDATE that changes something else only has no `spec`: such
#   requests (a label, a finalizer, the scaling of a ReplicaSet) must pass even for objects that are older than the
#   policy, or they could be neither repaired nor deleted. Where old and new are the same altogether, as when a
#   manifest is evaluated as an UPDATE, nothing is known of a change, and the pod spec is read.
package lib.pod

paths := {
	"Pod": ["spec"],
	"PodTemplate": ["template", "spec"],
	"ReplicationController": ["spec", "template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"Deployment": ["spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
}

path := paths[input.request.object.kind]

# The pod spec's path as text, for example `spec.template.spec`.
field := concat(".", path)

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

# The container lists by their name; null is as absent, as everywhere in Kubernetes.
containers[list] := spec[list] if {
	some list in ["initContainers", "containers", "ephemeralContainers"]
	is_array(spec[list])
}

# The API server exempts Windows Pods from checks of fields that Windows does not have (Pod Security, from 1.25).
windows if spec.os.name == "windows"

# Root in a user namespace is nobody on the node (Pod Security, from 1.35).
user_namespace if spec.hostUsers == false

# For example `spec.template.spec.containers[0].securityContext.privileged`.
container_field(list, index, name) := $"{field}.{list}[{index}].{name}"

nouns := {"initContainers": "init container", "containers": "container", "ephemeralContainers": "ephemeral container"}

# For example `init container "setup"`.
describe(list, container) := $"{nouns[list]} \"{object.get(container, "name", "")}\""
