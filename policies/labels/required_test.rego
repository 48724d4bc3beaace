package labels.required_test

import data.labels.required
import data.lib.review_test as review

parameters := {
	"labels": [{"key": "app.kubernetes.io/name"}, {"key": "team", "pattern": "web|api"}],
	"namespaceLabels": [{"key": "cost-center", "pattern": `[0-9]{4}`}],
}

kinds := [
	"Pod",
	"ReplicationController",
	"ReplicaSet",
	"Deployment",
	"DaemonSet",
	"StatefulSet",
	"Job",
	"CronJob",
]

with_parameters(review_of_object, given) := object.union(review_of_object, {"parameters": given})

labelled(kind, labels) := with_parameters(review.create({"kind": kind, "metadata": {"labels": labels}}), parameters)

owned(kind, owner) := {"kind": kind, "metadata": {"ownerReferences": [owner]}}

good := {"app.kubernetes.io/name": "shop", "team": "web"}

patterned(pattern, value) := with_parameters(
	review.create({"kind": "Pod", "metadata": {"labels": {"team": value}}}),
	{"labels": [{"key": "team", "pattern": pattern}]},
)

test_a_workload_with_every_label_passes if {
	every kind in kinds {
		required.deny == set() with input as labelled(kind, good)
	}
}

test_each_missing_label_of_a_workload_is_found if {
	every kind in kinds {
		every labels in [null, {}, "labels", {"app.kubernetes.io/name": "", "team": null}] {
			required.deny == {
				{
					"msg": "label app.kubernetes.io/name is missing or empty",
					"field": `metadata.labels["app.kubernetes.io/name"]`,
				},
				{"msg": "label team is missing or empty", "field": "metadata.labels.team"},
			} with input as labelled(kind, labels)
		}
	}
}

test_an_object_without_metadata_has_no_labels if {
	count(required.deny) == 2 with input as with_parameters(review.create({"kind": "Pod"}), parameters)
}

test_labels_of_the_pod_template_are_not_read if {
	template := {"metadata": {"labels": good}}
	deployment := {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": template}}
	count(required.deny) == 2 with input as with_parameters(review.create(deployment), parameters)
}

test_namespaces_have_labels_of_their_own if {
	required.deny == set() with input as labelled("Namespace", {"cost-center": "1234"})
	review.fields(required.deny) == {"metadata.labels.cost-center"} with input as labelled("Namespace", good)
}

test_a_value_must_match_from_beginning_to_end if {
	every value in ["web", "api"] {
		required.deny == set() with input as patterned("web|api", value)
	}
	every value in ["webshop", "my-api", "WEB", "db", "web\n"] {
		count(required.deny) == 1 with input as patterned("web|api", value)
	}
	required.deny == set() with input as patterned(`^web$`, "web")
}

test_a_wrong_value_is_shown_with_its_pattern if {
	required.deny == {{
		"msg": "label team is db, but must match web|api from beginning to end",
		"field": "metadata.labels.team",
	}} with input as patterned("web|api", "db")
}

test_a_value_that_is_no_string_does_not_match if {
	count(required.deny) == 1 with input as patterned(".*", 7)
}

test_a_pattern_says_nothing_about_an_empty_value if {
	review.messages(required.deny) == {"label team is missing or empty"} with input as patterned("web", "")
}

test_a_pattern_that_cannot_be_read_is_a_violation_whatever_the_value if {
	every pattern in ["a(", "a)|(b", `\Qa`, "[", "(?=a)", null, 1] {
		every value in ["a", "b"] {
			required.deny == {{
				"msg": $"label team cannot be checked: the parameter pattern {pattern} is no regular expression",
				"field": "metadata.labels.team",
				"remediation": "Correct the pattern in the PolicyBinding.",
			}} with input as patterned(pattern, value)
		}
	}
}

test_what_a_controller_made_is_not_read if {
	every kind in kinds {
		made := owned(kind, {"apiVersion": "example.com/v1", "kind": "Shop", "controller": true})
		required.deny == set() with input as with_parameters(review.create(made), parameters)
	}
	made := owned("Pod", {"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": true})
	required.deny == set() with input as with_parameters(review.create(made), parameters)
}

test_what_is_only_owned_is_read if {
	every owner in [
		{"apiVersion": "batch/v1", "kind": "Job", "controller": false},
		{"apiVersion": "v1", "kind": "ConfigMap", "controller": true},
	] {
		count(required.deny) == 2 with input as with_parameters(review.create(owned("Pod", owner)), parameters)
	}
}

test_what_is_being_deleted_is_let_go if {
	old := {"kind": "Pod", "metadata": {"finalizers": ["x"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}
	new := {"kind": "Pod", "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
	required.deny == set() with input as with_parameters(review.update(new, old), parameters)
	namespace := object.union(new, {"kind": "Namespace"})
	required.deny == set() with input as with_parameters(review.update(namespace, old), parameters)
}

test_an_update_is_read if {
	deployment := {"kind": "Deployment", "metadata": {"deletionTimestamp": null}}
	count(required.deny) == 2 with input as with_parameters(review.update(deployment, deployment), parameters)
}
