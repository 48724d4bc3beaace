package pod_security.privileged_test

import data.lib.review_test as review
import data.pod_security.privileged

good := {"name": "good", "securityContext": {"privileged": false}}

bad := {"name": "bad", "securityContext": {"privileged": true}}

test_a_privileged_container_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := privileged.deny with input as case.review
		review.fields(violations) == {$"{case.container}.securityContext.privileged"}
	}
}

test_unset_and_false_are_allowed if {
	every context in [null, {}, {"privileged": null}, {"privileged": false}] {
		privileged.deny == set() with input as review.secured(context)
	}
}

test_what_is_no_boolean_is_refused if {
	count(privileged.deny) == 1 with input as review.secured({"privileged": "true"})
}

test_every_privileged_container_is_named if {
	review.messages(privileged.deny) == {
		`init container "setup" sets securityContext.privileged to true; it must be unset or false`,
		`container "bad" sets securityContext.privileged to true; it must be unset or false`,
	} with input as review.pod_with({"initContainers": [object.union(bad, {"name": "setup"})], "containers": [bad, good]})
}
