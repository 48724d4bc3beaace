# METADATA
# title: Owners
# description: |
#   Whether a controller made an object, as far as its owner references can tell. They are written by whoever writes the
#   object: this keeps policies from complaining to controllers, it stops nobody who means to deceive. The user of the
#   request is no better sign: controllers may share an account with people, and a person may act on what a controller
#   made.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
package lib.owner

# METADATA
# scope: rule
# title: Whether a controller made the object
# description: |
#   A Pod of a ReplicaSet or a Job of a CronJob, and anything that belongs to a custom resource. Undefined otherwise,
#   also for an owner that makes no objects of this kind.
# custom:
#   example: |
#     reference := {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "controller": true}
#     pod := {"kind": "Pod", "metadata": {"ownerReferences": [reference]}}
#     owner.controlled with input as {"request": {"object": pod}}
controlled if {
	# At most one owner reference says that it is the controller.
	some reference in input.request.object.metadata.ownerReferences
	reference.controller == true
	plausible(reference)
}

plausible(reference) if reference.kind in controllers[input.request.object.kind][group(reference)]

# The kubelet shows the Pods of its manifest folder as mirror Pods, which belong to its Node.
plausible(reference) if {
	input.request.object.kind == "Pod"
	input.request.object.metadata.annotations["kubernetes.io/config.mirror"]
	reference.kind == "Node"
	group(reference) == ""
}

# An operator may make objects of every kind for its custom resources.
plausible(reference) if {
	contains(group(reference), ".")
	not group(reference) in built_in_groups
}

# Which built-in kinds make objects of a kind, by their group.
controllers := {
	"Pod": {
		"": {"ReplicationController"},
		"apps": {"DaemonSet", "ReplicaSet", "StatefulSet"},
		"batch": {"Job"},
	},
	"ReplicaSet": {"apps": {"Deployment"}},
	"Job": {"batch": {"CronJob"}},
}

# Those with a dot; none of their kinds has a controller that makes workloads. Others that end in `k8s.io` are groups of
# custom resources, such as `gateway.networking.k8s.io` or `jobset.x-k8s.io`.
built_in_groups := {
	"admissionregistration.k8s.io",
	"apiextensions.k8s.io",
	"apiregistration.k8s.io",
	"authentication.k8s.io",
	"authorization.k8s.io",
	"certificates.k8s.io",
	"coordination.k8s.io",
	"discovery.k8s.io",
	"events.k8s.io",
	"flowcontrol.apiserver.k8s.io",
	"internal.apiserver.k8s.io",
	"networking.k8s.io",
	"node.k8s.io",
	"rbac.authorization.k8s.io",
	"resource.k8s.io",
	"scheduling.k8s.io",
	"storage.k8s.io",
	"storagemigration.k8s.io",
}

group(reference) := "" if count(split(reference.apiVersion, "/")) == 1

group(reference) := parts[0] if {
	parts := split(reference.apiVersion, "/")
	count(parts) == 2
}
