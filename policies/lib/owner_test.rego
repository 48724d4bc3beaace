package lib.owner_test

import data.lib.owner
import data.lib.review_test as review

owned(kind, references) := review.create({"kind": kind, "metadata": {"ownerReferences": references}})

controller(api_version, kind) := {"apiVersion": api_version, "kind": kind, "controller": true}

# Each built-in kind with what makes it.
made_by := [
	["Pod", "apps/v1", "ReplicaSet"],
	["Pod", "apps/v1", "StatefulSet"],
	["Pod", "apps/v1", "DaemonSet"],
	["Pod", "batch/v1", "Job"],
	["Pod", "v1", "ReplicationController"],
	["ReplicaSet", "apps/v1", "Deployment"],
	["Job", "batch/v1", "CronJob"],
	["Job", "batch/v1beta1", "CronJob"],
]

kinds := {"Namespace", "Pod", "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "Job", "CronJob"}

test_what_a_built_in_controller_made_is_controlled if {
	every pair in made_by {
		references := [{"apiVersion": "v1", "kind": "Node"}, controller(pair[1], pair[2])]
		owner.controlled with input as owned(pair[0], references)
	}
}

test_a_built_in_kind_controls_nothing_else if {
	pairs := {[kind, pair[1], pair[2]] | some kind in kinds; some pair in made_by}
	every pair in pairs - {pair | some pair in made_by} {
		not owner.controlled with input as owned(pair[0], [controller(pair[1], pair[2])])
	}
}

test_what_makes_no_objects_is_no_controller if {
	every reference in [
		controller("v1", "ConfigMap"),
		controller("v1", "ReplicaSet"),
		controller("apps/v1", "Job"),
		controller("apps", "ReplicaSet"),
		controller("apps/v1/x", "ReplicaSet"),
		controller("example/v1", "ReplicaSet"),
		controller("networking.k8s.io/v1", "Ingress"),
		controller("storage.k8s.io/v1", "ReplicaSet"),
		controller("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"),
		controller("example.com", "Shop"),
	] {
		every kind in kinds {
			not owner.controlled with input as owned(kind, [reference])
		}
	}
}

# Written down once more, so that none is lost unnoticed.
built_in_groups := [
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
]

test_no_built_in_group_is_one_of_custom_resources if {
	every group in built_in_groups {
		not owner.controlled with input as owned("Pod", [controller($"{group}/v1", "Shop")])
	}
}

test_a_custom_resource_may_control_every_kind if {
	every api_version in [
		"apps.openshift.io/v1",
		"argoproj.io/v1alpha1",
		"example.com/v1",
		"gateway.networking.k8s.io/v1",
		"jobset.x-k8s.io/v1alpha2",
	] {
		every kind in kinds {
			owner.controlled with input as owned(kind, [controller(api_version, "Shop")])
		}
	}
}

test_a_node_controls_its_mirror_pods_only if {
	node := [controller("v1", "Node")]
	mirror := {"metadata": {"annotations": {"kubernetes.io/config.mirror": "7d0"}}}
	every kind in kinds {
		not owner.controlled with input as owned(kind, node)
	}
	every kind in kinds - {"Pod"} {
		made := object.union({"kind": kind, "metadata": {"ownerReferences": node}}, mirror)
		not owner.controlled with input as review.create(made)
	}
	pod := object.union({"kind": "Pod", "metadata": {"ownerReferences": node}}, mirror)
	owner.controlled with input as review.create(pod)
	map := object.union({"kind": "Pod", "metadata": {"ownerReferences": [controller("v1", "ConfigMap")]}}, mirror)
	not owner.controlled with input as review.create(map)
	other := object.union({"kind": "Pod", "metadata": {"ownerReferences": [controller("apps/v1", "Node")]}}, mirror)
	not owner.controlled with input as review.create(other)
}

test_other_owners_do_not_control if {
	set := {"apiVersion": "apps/v1", "kind": "ReplicaSet"}
	every reference in [
		set,
		object.union(set, {"controller": false}),
		object.union(set, {"controller": null}),
		object.union(set, {"controller": "true"}),
		{"kind": "ReplicationController", "controller": true},
		{"apiVersion": null, "kind": "ReplicationController", "controller": true},
		{"controller": true},
	] {
		not owner.controlled with input as owned("Pod", [reference])
	}
	every references in [null, [], "web"] {
		not owner.controlled with input as owned("Pod", references)
	}
	not owner.controlled with input as review.create({"kind": "Pod"})
}
