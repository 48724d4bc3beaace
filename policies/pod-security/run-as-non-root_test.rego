package pod_security.run_as_non_root_test

import data.lib.review_test as review
import data.pod_security.run_as_non_root

good := {"name": "good", "securityContext": {"runAsNonRoot": true}}

context(name, value) := {"name": "bad", "securityContext": {name: value}}

# A Pod with this security context and one container that sets nothing.
pod_sets(context) := review.pod_with({"securityContext": context, "containers": [{"name": "web"}]})

# A container is reported where the value is missing, and where it is anything but true.
test_a_container_that_may_run_as_root_is_found_in_every_kind_and_list if {
	every bad in [null, {"name": "bad"}, context("runAsNonRoot", null), context("runAsNonRoot", false)] {
		every case in review.container_cases(review.lists, good, bad) {
			violations := run_as_non_root.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.runAsNonRoot"}
		}
	}
}

test_a_pod_that_allows_root_is_found_in_every_kind if {
	spec := {"securityContext": {"runAsNonRoot": false}, "containers": [good, {"name": "unset"}]}
	every case in review.spec_cases(spec) {
		violations := run_as_non_root.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.securityContext.runAsNonRoot"}
	}
}

test_the_pod_can_set_it_for_its_containers if {
	run_as_non_root.deny == set() with input as pod_sets({"runAsNonRoot": true})
}

test_a_null_in_a_container_leaves_what_the_pod_sets if {
	spec := {"securityContext": {"runAsNonRoot": true}, "containers": [context("runAsNonRoot", null)]}
	run_as_non_root.deny == set() with input as review.pod_with(spec)
}

test_a_container_cannot_undo_what_the_pod_sets if {
	spec := {"securityContext": {"runAsNonRoot": true}, "containers": [context("runAsNonRoot", false)]}
	count(run_as_non_root.deny) == 1 with input as review.pod_with(spec)
}

test_a_pod_that_sets_nothing_leaves_it_to_its_containers if {
	every empty in [null, {}, {"runAsNonRoot": null}] {
		review.fields(run_as_non_root.deny) == {
			"spec.containers[0].securityContext.runAsNonRoot",
		} with input as pod_sets(empty)
		spec := {"securityContext": empty, "containers": [good]}
		run_as_non_root.deny == set() with input as review.pod_with(spec)
	}
}

test_what_is_no_boolean_is_refused if {
	count(run_as_non_root.deny) == 1 with input as pod_sets({"runAsNonRoot": "true"})
	count(run_as_non_root.deny) == 1 with input as review.secured({"runAsNonRoot": "true"})
}

test_what_user_it_is_does_not_matter if {
	run_as_non_root.deny == set() with input as review.secured({"runAsNonRoot": true, "runAsUser": 0})
}

test_violations_say_who_sets_what if {
	spec := {"securityContext": {"runAsNonRoot": false}, "containers": [context("runAsNonRoot", false), {"name": "unset"}]}
	run_as_non_root.deny == {
		{
			"msg": "the Pod sets securityContext.runAsNonRoot to false; it must be true",
			"field": "spec.securityContext.runAsNonRoot",
		},
		{
			"msg": `container "bad" sets securityContext.runAsNonRoot to false; it must be true`,
			"field": "spec.containers[0].securityContext.runAsNonRoot",
		},
	} with input as review.pod_with(spec)
	run_as_non_root.deny == {{
		"msg": `container "web" may run as root: neither it nor the Pod sets securityContext.runAsNonRoot`,
		"field": "spec.containers[0].securityContext.runAsNonRoot",
	}} with input as pod_sets(null)
}

test_a_user_namespace_exempts_pod_and_containers_from_1_35_on if {
	every spec in [
		{"securityContext": {"runAsNonRoot": false}, "containers": [good]},
		{"containers": [{"name": "web", "securityContext": {"runAsNonRoot": false}}]},
	] {
		every minor, expected in {34: 1, 35: 0} {
			request := review.pod_with(object.union(spec, {"hostUsers": false}))
			count(run_as_non_root.deny) == expected with input as review.at(minor, request)
		}
	}
}
