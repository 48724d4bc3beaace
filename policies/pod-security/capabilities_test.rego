package pod_security.capabilities_test

import data.lib.review_test as review
import data.pod_security.capabilities

good := {"name": "good", "securityContext": {"capabilities": {"add": ["CHOWN"]}}}

bad := {"name": "bad", "securityContext": {"capabilities": {"add": ["CHOWN", "NET_RAW"]}}}

add(list) := review.secured({"capabilities": {"add": list}})

test_a_capability_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := capabilities.deny with input as case.review
		review.fields(violations) == {$"{case.container}.securityContext.capabilities.add[1]"}
	}
}

test_the_default_set_is_allowed if {
	capabilities.deny == set() with input as add([
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
		"NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
	])
}

test_other_capabilities_and_other_spellings_are_refused if {
	every capability in ["ALL", "NET_RAW", "SYS_ADMIN", "NET_ADMIN", "chown", "CAP_CHOWN", "", null] {
		count(capabilities.deny) == 1 with input as add([capability])
	}
}

test_unset_and_empty_are_allowed if {
	capabilities.deny == set() with input as add(null)
	capabilities.deny == set() with input as add([])
	every context in [null, {}, {"capabilities": null}, {"capabilities": {}}] {
		capabilities.deny == set() with input as review.secured(context)
	}
}

test_what_is_dropped_is_not_read if {
	capabilities.deny == set() with input as review.secured({"capabilities": {"drop": ["ALL", "NET_RAW"]}})
}

test_violations_name_container_and_capability if {
	capabilities.deny == {
		{
			"msg": `container "web" adds the capability NET_RAW, which is not in the default set`,
			"field": "spec.containers[0].securityContext.capabilities.add[0]",
			"details": {"capability": "NET_RAW"},
		},
		{
			"msg": `container "web" adds the capability SYS_ADMIN, which is not in the default set`,
			"field": "spec.containers[0].securityContext.capabilities.add[2]",
			"details": {"capability": "SYS_ADMIN"},
		},
	} with input as add(["NET_RAW", "CHOWN", "SYS_ADMIN"])
}
