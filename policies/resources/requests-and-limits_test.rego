package resources.requests_and_limits_test

import data.lib.review_test as review
import data.resources.requests_and_limits

parameters := {"requests": ["cpu"], "limits": ["memory", "nvidia.com/gpu"]}

ask(parameter_values, spec) := object.union(review.pod_with(spec), {"parameters": parameter_values})

complete := {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi", "nvidia.com/gpu": "1"}}

good := {"name": "good", "resources": complete}

# The container without one of its values.
without(section, name) := {"name": "bad", "resources": object.remove(complete, [section])} if {
	count(complete[section]) == 1
	name in object.keys(complete[section])
}

without(section, name) := {
	"name": "bad",
	"resources": object.union(
		object.remove(complete, [section]),
		{section: object.remove(complete[section], [name])},
	),
} if {
	count(complete[section]) > 1
}

test_a_missing_value_is_found_in_every_kind_and_list if {
	every missing in [
		["requests", "cpu", ".resources.requests.cpu"],
		["limits", "memory", ".resources.limits.memory"],
		["limits", "nvidia.com/gpu", `.resources.limits["nvidia.com/gpu"]`],
	] {
		lists := ["initContainers", "containers"]
		every case in review.container_cases(lists, good, without(missing[0], missing[1])) {
			asked := object.union(case.review, {"parameters": parameters})
			violations := requests_and_limits.deny with input as asked
			review.fields(violations) == {concat("", [case.container, missing[2]])}
		}
	}
}

test_ephemeral_containers_cannot_have_any if {
	spec := {"containers": [good], "ephemeralContainers": [{"name": "debug"}]}
	requests_and_limits.deny == set() with input as ask(parameters, spec)
}

test_null_and_empty_are_absent if {
	every resources in [null, {}, {"limits": null}, {"limits": {}}, {"limits": {"memory": null}}] {
		spec := {"containers": [{"name": "web", "resources": resources}]}
		review.messages(requests_and_limits.deny) == {
			`container "web" has no memory limit`,
		} with input as ask({"requests": [], "limits": ["memory"]}, spec)
	}
	count(requests_and_limits.deny) == 3 with input as ask(parameters, {"containers": [{"name": "web"}]})
}

test_zero_is_a_value if {
	spec := {"containers": [{"name": "web", "resources": {"limits": {"memory": 0}}}]}
	requests_and_limits.deny == set() with input as ask({"requests": [], "limits": ["memory"]}, spec)
}

test_a_limit_counts_as_a_request if {
	spec := {"containers": [{"name": "web", "resources": {"limits": {"cpu": "1"}}}]}
	requests_and_limits.deny == set() with input as ask({"requests": ["cpu"], "limits": []}, spec)
}

test_a_value_for_the_whole_pod_counts_for_its_containers if {
	spec := {"resources": complete, "initContainers": [{"name": "setup"}], "containers": [{"name": "web"}]}
	requests_and_limits.deny == set() with input as ask(parameters, spec)
	partial := object.union(spec, {"resources": {"limits": {"memory": null}}})
	review.messages(requests_and_limits.deny) == {
		`init container "setup" has no memory limit`,
		`container "web" has no memory limit`,
	} with input as ask(parameters, partial)
}

test_only_what_the_parameters_name_is_asked_for if {
	requests_and_limits.deny == set() with input as ask({"requests": [], "limits": []}, {"containers": [{"name": "web"}]})
	review.messages(requests_and_limits.deny) == {
		`container "web" has no ephemeral-storage request`,
	} with input as ask({"requests": ["ephemeral-storage"], "limits": []}, {"containers": [{"name": "web"}]})
}
