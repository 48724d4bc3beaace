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

path := array.concat(templates[input.request.object.kind], ["spec"])

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

# Where the annotations of the Pod stand, for example `["spec", "template", "metadata", "annotations"]`.
annotations_path := array.concat(templates[input.request.object.kind], ["metadata", "annotations"])

# The annotations of the Pod or the pod template; none after an UPDATE that changes neither them nor the pod spec.
annotations := found if {
	not annotations_unchanged
	found := object.get(input.request.object, annotations_path, null)
	is_object(found)
}

annotations_unchanged if {
	unchanged
	object.get(input.request.object, annotations_path, null) == object.get(input.request.oldObject, annotations_path, null)
}

# For example `metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"]`.
annotation_field(key) := field_path.join(concat(".", annotations_path), key)

lists := ["initContainers", "containers", "ephemeralContainers"]

# The container lists by their name; null is as absent, as everywhere in Kubernetes.
containers[list] := spec[list] if {
	some list in lists
	is_array(spec[list])
}

# The names of all containers, also where an UPDATE leaves them as they were.
container_names contains container.name if {
	some list in lists
	some container in object.get(input.request.object, array.concat(path, [list]), [])
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
