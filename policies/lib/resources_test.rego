package lib.resources_test

import data.lib.resources
import data.lib.review_test as review

test_ephemeral_containers_are_left_out if {
	spec := {"initContainers": [{}], "containers": [{}], "ephemeralContainers": [{}]}
	resources.containers == {"initContainers": [{}], "containers": [{}]} with input as review.pod_with(spec)
}

test_a_value_applies_where_it_is_set if {
	container := {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2", "memory": "1Gi"}}}
	resources.effective(container, "requests", "cpu") == "1"
	resources.effective(container, "limits", "cpu") == "2"
	resources.effective(container, "limits", "memory") == "1Gi"
}

test_a_limit_is_the_request_that_is_not_set if {
	resources.effective({"resources": {"limits": {"cpu": "2"}}}, "requests", "cpu") == "2"
	resources.effective({"resources": {"requests": null, "limits": {"cpu": "2"}}}, "requests", "cpu") == "2"
	resources.effective({"resources": {"requests": {"cpu": null}, "limits": {"cpu": "2"}}}, "requests", "cpu") == "2"
}

test_a_request_is_no_limit if {
	not resources.effective({"resources": {"requests": {"cpu": "1"}}}, "limits", "cpu")
}

test_nothing_applies_where_nothing_is_set if {
	empties := [null, {}, {"limits": null}, {"limits": {}}, {"limits": {"memory": "1Gi"}}, {"limits": {"cpu": null}}]
	every section in ["requests", "limits"] {
		every empty in empties {
			not resources.effective({"resources": empty}, section, "cpu")
		}
		not resources.effective({}, section, "cpu")
	}
}

test_nouns_are_singular if {
	resources.noun("requests", "cpu") == "cpu request"
	resources.noun("limits", "memory") == "memory limit"
}
