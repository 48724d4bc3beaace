package pod_security.run_as_user_test

import data.lib.review_test as review
import data.pod_security.run_as_user

good := {"name": "good", "securityContext": {"runAsUser": 1000}}

bad := {"name": "bad", "securityContext": {"runAsUser": 0}}

test_a_container_that_runs_as_user_0_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := run_as_user.deny with input as case.review
		review.fields(violations) == {$"{case.container}.securityContext.runAsUser"}
	}
}

test_a_pod_that_runs_as_user_0_is_found_in_every_kind if {
	every case in review.spec_cases({"securityContext": {"runAsUser": 0}, "containers": [good]}) {
		violations := run_as_user.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.securityContext.runAsUser"}
	}
}

# The image's user is not known here; run-as-non-root asks for more.
test_other_users_and_none_are_allowed if {
	every context in [null, {}, {"runAsUser": null}, {"runAsUser": 1}, {"runAsUser": 65534}, {"runAsGroup": 0}] {
		run_as_user.deny == set() with input as review.pod_with({"securityContext": context})
		run_as_user.deny == set() with input as review.secured(context)
	}
}

test_a_container_cannot_hide_behind_the_pod_nor_the_pod_behind_a_container if {
	run_as_user.deny == {
		{
			"msg": "the Pod sets securityContext.runAsUser to 0, which is root",
			"field": "spec.securityContext.runAsUser",
		},
		{
			"msg": `container "bad" sets securityContext.runAsUser to 0, which is root`,
			"field": "spec.containers[1].securityContext.runAsUser",
		},
	} with input as review.pod_with({"securityContext": {"runAsUser": 0}, "containers": [good, bad]})
}

test_a_user_namespace_exempts_pod_and_containers_from_1_35_on if {
	every spec in [
		{"securityContext": {"runAsUser": 0}, "containers": [good]},
		{"containers": [{"name": "web", "securityContext": {"runAsUser": 0}}]},
	] {
		every minor, expected in {34: 1, 35: 0} {
			request := review.pod_with(object.union(spec, {"hostUsers": false}))
			count(run_as_user.deny) == expected with input as review.at(minor, request)
		}
	}
}
