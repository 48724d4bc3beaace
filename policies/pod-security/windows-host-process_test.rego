package pod_security.windows_host_process_test

import data.lib.review_test as review
import data.pod_security.windows_host_process

process(value) := {"windowsOptions": {"hostProcess": value}}

good := {"name": "good", "securityContext": process(false)}

bad := {"name": "bad", "securityContext": process(true)}

test_a_host_process_container_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := windows_host_process.deny with input as case.review
		review.fields(violations) == {$"{case.container}.securityContext.windowsOptions.hostProcess"}
	}
}

test_a_host_process_pod_is_found_in_every_kind if {
	every case in review.spec_cases({"securityContext": process(true), "containers": [good]}) {
		violations := windows_host_process.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.securityContext.windowsOptions.hostProcess"}
	}
}

test_unset_and_false_are_allowed if {
	every context in [
		null, {}, {"windowsOptions": null}, {"windowsOptions": {}}, {"windowsOptions": {"runAsUserName": "true"}},
		process(null), process(false),
	] {
		windows_host_process.deny == set() with input as review.secured(context)
		windows_host_process.deny == set() with input as review.pod_with({"securityContext": context})
	}
}

test_what_is_no_boolean_is_refused if {
	count(windows_host_process.deny) == 1 with input as review.secured(process("true"))
	count(windows_host_process.deny) == 1 with input as review.pod_with({"securityContext": process("true")})
}

test_violations_say_who_sets_it if {
	windows_host_process.deny == {
		{
			"msg": "the Pod sets securityContext.windowsOptions.hostProcess to true; it must be unset or false",
			"field": "spec.securityContext.windowsOptions.hostProcess",
		},
		{
			"msg": `container "bad" sets securityContext.windowsOptions.hostProcess to true; it must be unset or false`,
			"field": "spec.containers[1].securityContext.windowsOptions.hostProcess",
		},
	} with input as review.pod_with({"securityContext": process(true), "containers": [good, bad]})
}
