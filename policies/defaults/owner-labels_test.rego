package defaults.owner_labels_test

import data.defaults.owner_labels
import data.lib.patch_test
import data.lib.review_test as review

kinds := ["Pod", "ReplicationController", "ReplicaSet", "Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"]

namespace := {"metadata": {"name": "shop", "labels": {"team": "web", "example.com/cost-center": "42", "empty": "", "other": "x"}}}

surroundings := {
	"parameters": {"labels": ["team", "example.com/cost-center", "empty", "unknown"]},
	"namespaceObject": namespace,
}

labelled(kind, labels) := {"kind": kind, "metadata": {"labels": labels}}

created(new) := object.union(review.create(new), surroundings)

both := {
	{"op": "default", "path": "/metadata/labels/team", "value": "web"},
	{"op": "default", "path": "/metadata/labels/example.com~1cost-center", "value": "42"},
}

owned(kind, owner) := {"kind": kind, "metadata": {"ownerReferences": [object.union({"controller": true}, owner)]}}

test_labels_that_the_namespace_has_are_set_on_every_kind if {
	every kind in kinds {
		every labels in [null, {}, {"app": "x"}, {"team": null}] {
			owner_labels.patch == both with input as created(labelled(kind, labels))
		}
		owner_labels.patch == both with input as created({"kind": kind})
	}
}

test_labels_of_the_object_stay if {
	every value in ["api", ""] {
		{patch.path | some patch in owner_labels.patch} == {
			"/metadata/labels/example.com~1cost-center",
		} with input as created(labelled("Pod", {"team": value}))
	}
}

test_once_set_nothing_more_is_said if {
	every kind in kinds {
		object := labelled(kind, null)
		patches := owner_labels.patch with input as created(object)
		patched := patch_test.applied(object, patches)
		patched.metadata.labels == {"team": "web", "example.com/cost-center": "42"}
		owner_labels.patch == set() with input as created(patched)
	}
}

test_without_the_namespace_or_its_labels_nothing_is_set if {
	bare := object.union(review.create(labelled("Pod", {})), {"parameters": surroundings.parameters})
	owner_labels.patch == set() with input as bare
	every unlabelled in [{}, {"metadata": {}}, {"metadata": {"labels": null}}] {
		owner_labels.patch == set() with input as object.union(bare, {"namespaceObject": unlabelled})
	}
}

test_an_update_sets_them_on_workloads_but_not_on_pods if {
	every kind in kinds {
		updated := object.union(review.update(labelled(kind, {}), labelled(kind, {"app": "x"})), surroundings)
		expected := {patch | some patch in both; kind != "Pod"}
		owner_labels.patch == expected with input as updated
	}
}

test_what_a_controller_made_gets_them_only_if_it_is_a_pod if {
	set := owned("ReplicaSet", {"apiVersion": "apps/v1", "kind": "Deployment"})
	owner_labels.patch == set() with input as created(set)
	pod := owned("Pod", {"apiVersion": "apps/v1", "kind": "ReplicaSet"})
	owner_labels.patch == both with input as created(pod)
}

test_where_no_label_can_be_put_none_is_set if {
	every wrong in [false, 0, "", []] {
		every metadata in [wrong, {"labels": wrong}] {
			every kind in ["Pod", "Deployment"] {
				owner_labels.patch == set() with input as created({"kind": kind, "metadata": metadata})
			}
		}
	}
}
