# What the tests of the packs share: objects of every kind around a pod spec, and AdmissionReviews around an object.
package lib.review_test

# Where each kind holds its pod spec, written down once more so that lib.pod cannot be wrong unnoticed.
kinds := {
	"Pod": "spec",
	"PodTemplate": "template.spec",
	"ReplicationController": "spec.template.spec",
	"ReplicaSet": "spec.template.spec",
	"Deployment": "spec.template.spec",
	"DaemonSet": "spec.template.spec",
	"StatefulSet": "spec.template.spec",
	"Job": "spec.template.spec",
	"CronJob": "spec.jobTemplate.spec.template.spec",
}

lists := ["initContainers", "containers", "ephemeralContainers"]

workload("Pod", spec) := {"kind": "Pod", "spec": spec}

workload("PodTemplate", spec) := {"kind": "PodTemplate", "template": {"spec": spec}}

workload("CronJob", spec) := {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}

workload(kind, spec) := {"kind": kind, "spec": {"template": {"spec": spec}}} if {
	kinds[kind] == "spec.template.spec"
}

create(new) := {"request": {"operation": "CREATE", "object": new, "oldObject": null}}

update(new, old) := {"request": {"operation": "UPDATE", "object": new, "oldObject": old}}

pod_with(spec) := create(workload("Pod", spec))

# A Pod with one container that has this security context.
secured(context) := pod_with({"containers": [{"name": "web", "securityContext": context}]})

# One review for each kind and each of the given container lists; the second container of the list is the bad one.
container_cases(among, good, bad) := [{"review": create(workload(kind, spec)), "container": container} |
	some kind, path in kinds
	some list in among
	spec := {"containers": [good], list: [good, bad]}
	container := $"{path}.{list}[1]"
]

# One review for each kind, with the path of its pod spec.
spec_cases(spec) := [{"review": create(workload(kind, spec)), "spec": path} | some kind, path in kinds]

fields(violations) := {violation.field | some violation in violations}

messages(violations) := {violation.msg | some violation in violations}

# The same review with the version `v1.<minor>` of the Pod Security Standards as parameter.
at(minor, review) := object.union(review, {"parameters": {"version": $"v1.{minor}"}})

annotated_pod(annotations, spec) := create({"kind": "Pod", "metadata": {"annotations": annotations}, "spec": spec})
