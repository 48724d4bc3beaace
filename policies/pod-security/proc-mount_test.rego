package pod_security.proc_mount_test

import data.lib.review_test as review
import data.pod_security.proc_mount

good := {"name": "good", "securityContext": {"procMount": "Default"}}

bad := {"name": "bad", "securityContext": {"procMount": "Unmasked"}}

test_another_mount_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := proc_mount.deny with input as case.review
		review.fields(violations) == {$"{case.container}.securityContext.procMount"}
	}
}

test_only_the_default_is_allowed if {
	every value in ["Unmasked", "default", "", " Default", 1] {
		count(proc_mount.deny) == 1 with input as review.secured({"procMount": value})
	}
	every context in [null, {}, {"procMount": null}, {"procMount": "Default"}] {
		proc_mount.deny == set() with input as review.secured(context)
	}
}

test_the_violation_names_container_and_value if {
	proc_mount.deny == {{
		"msg": `container "bad" sets securityContext.procMount to Unmasked; it must be unset or Default`,
		"field": "spec.containers[0].securityContext.procMount",
		"details": {"procMount": "Unmasked"},
	}} with input as review.pod_with({"containers": [bad, good]})
}
