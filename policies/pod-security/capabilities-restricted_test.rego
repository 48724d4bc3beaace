package pod_security.capabilities_restricted_test

import data.lib.review_test as review
import data.pod_security.capabilities_restricted

good := {"name": "good", "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}}

container(capabilities) := {"name": "bad", "securityContext": {"capabilities": capabilities}}

test_a_container_that_drops_too_little_is_found_in_every_kind_and_list if {
	every bad in [
		null, {"name": "bad"}, {"name": "bad", "securityContext": null}, {"name": "bad", "securityContext": {}}, container(null),
		container({}), container({"drop": null}), container({"drop": []}), container({"drop": ["NET_RAW", "all"]}),
		container({"drop": "ALL"}), container({"drop": ["CAP_ALL"]}), container({"add": ["NET_BIND_SERVICE"]}),
	] {
		every case in review.container_cases(review.lists, good, bad) {
			violations := capabilities_restricted.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.capabilities.drop"}
		}
	}
}

test_a_container_that_adds_a_capability_is_found_in_every_kind_and_list if {
	every capability in ["CHOWN", "ALL", "net_bind_service", "CAP_NET_BIND_SERVICE", "", null] {
		bad := container({"drop": ["ALL"], "add": ["NET_BIND_SERVICE", capability]})
		every case in review.container_cases(review.lists, good, bad) {
			violations := capabilities_restricted.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.capabilities.add[1]"}
		}
	}
}

test_more_may_be_dropped_and_nothing_added if {
	every capabilities in [
		{"drop": ["ALL"]}, {"drop": ["NET_RAW", "ALL"]}, {"drop": ["ALL"], "add": null}, {"drop": ["ALL"], "add": []},
		{"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
	] {
		capabilities_restricted.deny == set() with input as review.secured({"capabilities": capabilities})
	}
}

test_violations_say_what_each_container_adds_and_does_not_drop if {
	capabilities_restricted.deny == {
		{
			"msg": `container "web" must drop ALL capabilities`,
			"field": "spec.containers[0].securityContext.capabilities.drop",
		},
		{
			"msg": `container "web" adds the capability CHOWN; only NET_BIND_SERVICE may be added`,
			"field": "spec.containers[0].securityContext.capabilities.add[0]",
			"details": {"capability": "CHOWN"},
		},
		{
			"msg": `container "web" adds the capability KILL; only NET_BIND_SERVICE may be added`,
			"field": "spec.containers[0].securityContext.capabilities.add[1]",
			"details": {"capability": "KILL"},
		},
	} with input as review.secured({"capabilities": {"add": ["CHOWN", "KILL"]}})
}
