package pod_security.privilege_escalation_test

import data.lib.review_test as review
import data.pod_security.privilege_escalation

good := {"name": "good", "securityContext": {"allowPrivilegeEscalation": false}}

test_whatever_is_not_false_is_found_in_every_kind_and_list if {
	every context in [null, {}, {"allowPrivilegeEscalation": null}, {"allowPrivilegeEscalation": true}] {
		every case in review.container_cases(review.lists, good, {"name": "bad", "securityContext": context}) {
			violations := privilege_escalation.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.allowPrivilegeEscalation"}
		}
	}
}

test_a_container_without_a_security_context_is_found if {
	review.messages(privilege_escalation.deny) == {
		`container "web" must set securityContext.allowPrivilegeEscalation to false`,
	} with input as review.pod_with({"containers": [good, {"name": "web"}]})
}

test_what_is_no_boolean_is_refused if {
	count(privilege_escalation.deny) == 1 with input as review.secured({"allowPrivilegeEscalation": "false"})
}
