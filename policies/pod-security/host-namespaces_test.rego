package pod_security.host_namespaces_test

import data.lib.review_test as review
import data.pod_security.host_namespaces

names := ["hostNetwork", "hostPID", "hostIPC"]

test_each_host_namespace_is_found_in_every_kind if {
	every name in names {
		every case in review.spec_cases({name: true}) {
			violations := host_namespaces.deny with input as case.review
			review.fields(violations) == {$"{case.spec}.{name}"}
		}
	}
}

test_each_host_namespace_is_a_violation_of_its_own if {
	count(host_namespaces.deny) == 3 with input as review.pod_with({name: true | some name in names})
}

test_unset_and_false_are_allowed if {
	every value in [false, null] {
		host_namespaces.deny == set() with input as review.pod_with({name: value | some name in names})
	}
	host_namespaces.deny == set() with input as review.pod_with({})
}

test_other_fields_of_the_pod_spec_are_not_read if {
	host_namespaces.deny == set() with input as review.pod_with({"hostUsers": true, "shareProcessNamespace": true})
}

test_the_violation_names_the_field if {
	host_namespaces.deny == {{
		"msg": "the Pod sets hostPID to true; it must be unset or false",
		"field": "spec.hostPID",
		"details": {"field": "hostPID"},
	}} with input as review.pod_with({"hostPID": true})
}
