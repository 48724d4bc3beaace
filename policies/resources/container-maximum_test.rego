package resources.container_maximum_test

import data.lib.review_test as review
import data.resources.container_maximum

parameters := {"requests": {"cpu": "2"}, "limits": {"memory": "1Gi", "nvidia.com/gpu": 1}}

ask(parameter_values, spec) := object.union(review.pod_with(spec), {"parameters": parameter_values})

container(resources) := {"name": "web", "resources": resources}

with_limit(value) := ask(parameters, {"containers": [container({"limits": {"memory": value}})]})

good := {"name": "good", "resources": {"requests": {"cpu": "2"}, "limits": {"memory": "1Gi", "nvidia.com/gpu": "1"}}}

test_a_value_above_the_maximum_is_found_in_every_kind_and_list if {
	every above in [
		[{"requests": {"cpu": "2001m"}}, ".resources.requests.cpu"],
		[{"limits": {"memory": "1025Mi"}}, ".resources.limits.memory"],
		[{"limits": {"nvidia.com/gpu": "2"}}, `.resources.limits["nvidia.com/gpu"]`],
	] {
		every case in review.container_cases(["initContainers", "containers"], good, container(above[0])) {
			asked := object.union(case.review, {"parameters": parameters})
			violations := container_maximum.deny with input as asked
			review.fields(violations) == {concat("", [case.container, above[1]])}
		}
	}
}

test_ephemeral_containers_are_not_read if {
	spec := {"containers": [good], "ephemeralContainers": [container({"limits": {"memory": "1Ti"}})]}
	container_maximum.deny == set() with input as ask(parameters, spec)
}

test_the_maximum_itself_passes_in_every_spelling if {
	every value in ["1Gi", "1024Mi", "1073741824", 1073741824, "1073741824000m", "0", "1"] {
		container_maximum.deny == set() with input as with_limit(value)
	}
}

test_the_least_more_is_too_much if {
	every value in ["1073741825", 1073741825, "1.000000001Gi", "1073741824001m", "1.1G", "2E"] {
		count(container_maximum.deny) == 1 with input as with_limit(value)
	}
}

test_a_value_that_is_not_set_passes if {
	every resources in [null, {}, {"limits": null, "requests": {}}, {"limits": {"memory": null, "cpu": "64"}}] {
		spec := {"containers": [container(resources)]}
		container_maximum.deny == set() with input as ask({"requests": {}, "limits": {"memory": "1Gi"}}, spec)
	}
}

test_a_request_that_is_not_set_is_the_limit if {
	spec := {"containers": [container({"limits": {"cpu": "4"}})]}
	review.messages(container_maximum.deny) == {
		`container "web" has a cpu request of 4 (its limit), above the maximum of 2`,
	} with input as ask(parameters, spec)
	own := {"containers": [container({"requests": {"cpu": "3"}, "limits": {"cpu": "4"}})]}
	review.messages(container_maximum.deny) == {
		`container "web" has a cpu request of 3, above the maximum of 2`,
	} with input as ask(parameters, own)
}

test_what_is_no_quantity_is_reported_as_such if {
	container_maximum.deny == {{
		"msg": `container "web" has a memory limit of 1GB, which is no quantity`,
		"field": "spec.containers[0].resources.limits.memory",
		"remediation": "Write a quantity such as 500m, 2 or 1Gi.",
	}} with input as with_limit("1GB")
	every value in ["", "plenty", true, ["1Gi"], {"max": "1Gi"}] {
		count(container_maximum.deny) == 1 with input as with_limit(value)
	}
}

test_a_maximum_that_is_no_quantity_is_reported_once_for_the_object if {
	spec := {"containers": [good, good]}
	container_maximum.deny == {{
		"msg": "no memory limit can be checked: the parameter 1GB is no quantity",
		"remediation": "Correct the quantity in the PolicyBinding.",
	}} with input as ask({"limits": {"memory": "1GB"}}, spec)
	container_maximum.deny == {{
		"msg": "no cpu request can be checked: the parameter true is no quantity",
		"remediation": "Correct the quantity in the PolicyBinding.",
	}} with input as ask({"requests": {"cpu": true}}, spec)
}

test_what_holds_no_pod_spec_is_not_judged_by_a_wrong_maximum if {
	service := object.union(review.create({"kind": "Service"}), {"parameters": {"limits": {"memory": "1GB"}}})
	container_maximum.deny == set() with input as service
}

test_the_message_shows_both_values if {
	review.messages(container_maximum.deny) == {
		`container "web" has a memory limit of 2Gi, above the maximum of 1Gi`,
	} with input as with_limit("2Gi")
}

# Several containers, each within the maximum, may come to more together.
test_a_pod_may_have_more_than_a_container_if_each_container_has_its_own if {
	whole := {"requests": {"cpu": "64"}, "limits": {"memory": "1Ti"}}
	own := container({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}})
	spec := {"resources": whole, "initContainers": [own], "containers": [own, own]}
	container_maximum.deny == set() with input as ask(parameters, spec)
}

test_what_the_whole_pod_has_counts_where_a_container_has_none_of_its_own if {
	every list in ["initContainers", "containers"] {
		every case in [
			["limits", "memory", {"limits": {"memory": "1Gi"}}, {}],
			["limits", "memory", {"limits": {"memory": "1Gi"}}, {"requests": {"memory": "1Gi"}}],
			["requests", "cpu", {"requests": {"cpu": "1"}}, {"limits": {"memory": "1Gi"}}],
		] {
			spec := {"resources": {case[0]: {case[1]: "2Ti"}}, "containers": [container(case[2])]}
			container_maximum.deny == set() with input as ask(parameters, spec)
			several := object.union(spec, {list: [container(case[2]), container(case[3])]})
			found := container_maximum.deny with input as ask(parameters, several)
			review.fields(found) == {$"spec.resources.{case[0]}.{case[1]}"}
		}
	}
}

test_a_pod_with_little_is_not_judged_by_its_containers if {
	spec := {"resources": {"requests": {"cpu": "2"}, "limits": {"memory": "1Gi"}}, "containers": [container({})]}
	container_maximum.deny == set() with input as ask(parameters, spec)
}

test_the_violation_of_the_pod_says_how_to_go_on if {
	spec := {"resources": {"limits": {"memory": "2Gi"}}, "containers": [container({}), container({})]}
	every case in review.spec_cases(spec) {
		asked := object.union(case.review, {"parameters": parameters})
		container_maximum.deny == {{
			"msg": "the Pod has a memory limit of 2Gi for containers without their own, above the maximum of 1Gi",
			"field": $"{case.spec}.resources.limits.memory",
			"remediation": "Set the value in each container, or lower the Pod's.",
		}} with input as asked
	}
}

test_the_limit_of_the_pod_is_its_request_if_no_container_has_one if {
	whole := {"limits": {"cpu": "4"}}
	review.messages(container_maximum.deny) == {
		"the Pod has a cpu request of 4 (its limit) for containers without their own, above the maximum of 2",
	} with input as ask(parameters, {"resources": whole, "containers": [container({}), container({})]})
	every own in [{"requests": {"cpu": "1"}}, {"limits": {"cpu": "1"}}] {
		spec := {"resources": whole, "containers": [container({}), container(own)]}
		container_maximum.deny == set() with input as ask(parameters, spec)
	}
}

test_what_is_no_quantity_for_the_pod_is_reported_as_such if {
	spec := {"resources": {"limits": {"memory": "1GB"}}, "containers": [good]}
	container_maximum.deny == {{
		"msg": "the Pod has a memory limit of 1GB, which is no quantity",
		"field": "spec.resources.limits.memory",
		"remediation": "Write a quantity such as 500m, 2 or 1Gi.",
	}} with input as ask(parameters, spec)
}

test_each_of_many_containers_is_found if {
	many := [container({"limits": {"memory": value}}) |
		some i in numbers.range(1, 60)
		some value in ["1Gi", "2Gi", $"{i}Mi", $"{1024 + i}Mi"]
	]
	count(container_maximum.deny) == 120 with input as ask(parameters, {"containers": many})
}

# Only a value of one container is too much, only one is no quantity.
test_equal_quantities_in_other_places_do_not_count if {
	spec := {"containers": [
		container({"requests": {"cpu": "2"}, "limits": {"memory": "3"}}),
		container({"requests": {"cpu": "3"}, "limits": {"memory": "2", "ephemeral-storage": "1GB"}}),
	]}
	review.fields(container_maximum.deny) == {
		"spec.containers[1].resources.requests.cpu",
	} with input as ask(parameters, spec)
}
