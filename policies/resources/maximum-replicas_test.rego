package resources.maximum_replicas_test

import data.lib.review_test as review
import data.resources.maximum_replicas

limited(review_of_object) := object.union(review_of_object, {"parameters": {"maximum": 3}})

scaled(kind, replicas) := {"kind": kind, "spec": {"replicas": replicas}}

kinds := ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Scale"]

owned_by(api_version, kind) := {"metadata": {"ownerReferences": [{
	"apiVersion": api_version,
	"kind": kind,
	"controller": true,
}]}}

controllers := {
	"ReplicaSet": owned_by("apps/v1", "Deployment"),
	"ReplicationController": owned_by("apps.openshift.io/v1", "DeploymentConfig"),
}

test_too_many_replicas_are_found_in_every_kind if {
	every kind in kinds {
		maximum_replicas.deny == {{
			"msg": "replicas is 4, above the maximum of 3",
			"field": "spec.replicas",
		}} with input as limited(review.create(scaled(kind, 4)))
		maximum_replicas.deny == set() with input as limited(review.create(scaled(kind, 3)))
	}
}

test_an_autoscaler_is_judged_by_its_maximum if {
	autoscaler := {"kind": "HorizontalPodAutoscaler", "spec": {"minReplicas": 1, "maxReplicas": 4}}
	maximum_replicas.deny == {{
		"msg": "maxReplicas is 4, above the maximum of 3",
		"field": "spec.maxReplicas",
	}} with input as limited(review.create(autoscaler))
	smaller := {"kind": "HorizontalPodAutoscaler", "spec": {"replicas": 9, "maxReplicas": 3}}
	maximum_replicas.deny == set() with input as limited(review.create(smaller))
}

test_what_is_no_number_of_replicas_is_not_judged if {
	every value in [null, "4", [4], {"count": 4}] {
		maximum_replicas.deny == set() with input as limited(review.create(scaled("Deployment", value)))
	}
	every spec in [null, {}, "spec"] {
		maximum_replicas.deny == set() with input as limited(review.create({"kind": "Deployment", "spec": spec}))
	}
}

test_an_update_may_keep_or_lower_the_number if {
	old := object.union(scaled("Scale", 9), {"metadata": {"labels": {"team": "web"}}})
	every replicas in [9, 4] {
		request := review.update(scaled("Scale", replicas), old)
		maximum_replicas.deny == set() with input as limited(request)
	}
}

test_an_update_may_not_raise_the_number if {
	every old in [scaled("Scale", 3), scaled("Scale", 8), scaled("Scale", null), {"kind": "Scale"}] {
		count(maximum_replicas.deny) == 1 with input as limited(review.update(scaled("Scale", 9), old))
	}
}

test_only_an_update_is_compared_with_an_old_object if {
	large := scaled("Deployment", 9)
	request := {"request": {"operation": "CREATE", "object": large, "oldObject": scaled("Deployment", 10)}}
	count(maximum_replicas.deny) == 1 with input as limited(request)
}

test_an_update_that_changes_nothing_at_all_is_judged if {
	large := scaled("Deployment", 9)
	count(maximum_replicas.deny) == 1 with input as limited(review.update(large, large))
}

test_what_a_controller_made_is_judged_by_its_owner if {
	every kind, controller in controllers {
		made := object.union(scaled(kind, 4), controller)
		maximum_replicas.deny == set() with input as limited(review.create(made))
	}
}

test_what_only_says_that_it_has_a_controller_is_judged if {
	every kind, _ in controllers {
		every owner in [owned_by("v1", "ConfigMap"), owned_by("apps/v1", "ReplicaSet")] {
			faked := object.union(scaled(kind, 4), owner)
			count(maximum_replicas.deny) == 1 with input as limited(review.create(faked))
		}
	}
}

test_a_workload_that_an_operator_made_is_judged if {
	every kind in ["Deployment", "StatefulSet"] {
		made := object.union(scaled(kind, 4), owned_by("example.com/v1", "Shop"))
		count(maximum_replicas.deny) == 1 with input as limited(review.create(made))
	}
}
