package defaults.resource_requests_test

import data.defaults.resource_requests
import data.lib.patch_test
import data.lib.review_test as review
import data.resources.requests_and_limits

parameters := {"requests": {"cpu": "100m", "memory": "128Mi"}}

given(review_of_object) := object.union(review_of_object, {"parameters": parameters})

patches(spec) := result if {
	result := resource_requests.patch with input as given(review.pod_with(spec))
}

paths(spec) := {patch.path | some patch in patches(spec)}

test_what_a_container_does_not_ask_for_is_set_in_both_lists if {
	every resources in [null, {}, {"requests": null}, {"limits": {}, "requests": {"cpu": null}}] {
		container := {"name": "web", "resources": resources}
		patches({"initContainers": [container], "containers": [container]}) == {
			{"op": "default", "path": "/spec/initContainers/0/resources/requests/cpu", "value": "100m"},
			{"op": "default", "path": "/spec/initContainers/0/resources/requests/memory", "value": "128Mi"},
			{"op": "default", "path": "/spec/containers/0/resources/requests/cpu", "value": "100m"},
			{"op": "default", "path": "/spec/containers/0/resources/requests/memory", "value": "128Mi"},
		}
	}
}

test_a_request_or_a_limit_stays_without_a_default_beside_it if {
	every section in ["requests", "limits"] {
		every value in ["1m", "64", 0] {
			resources := {section: {"cpu": value}}
			paths({"containers": [{"name": "web", "resources": resources}]}) == {
				"/spec/containers/0/resources/requests/memory",
			}
		}
	}
}

test_what_the_whole_pod_has_is_not_set_in_its_containers if {
	every section in ["requests", "limits"] {
		spec := {"resources": {section: {"memory": "1Gi"}}, "containers": [{"name": "web"}]}
		paths(spec) == {"/spec/containers/0/resources/requests/cpu"}
	}
}

test_any_resource_can_have_a_default if {
	gpu := {"parameters": {"requests": {"example.com/disk~speed": "1"}}}
	{patch.path | some patch in resource_requests.patch} == {
		"/spec/containers/0/resources/requests/example.com~1disk~0speed",
	} with input as object.union(review.pod_with({"containers": [{"name": "web"}]}), gpu)
}

test_ephemeral_containers_cannot_have_any if {
	patches({"containers": [], "ephemeralContainers": [{"name": "debug"}]}) == set()
}

test_once_set_nothing_more_is_said_and_the_check_is_content if {
	pod := review.workload("Pod", {"containers": [{"name": "web"}, {"name": "log", "resources": {"limits": {"cpu": "1m"}}}]})
	patched := patch_test.applied(pod, patches(pod.spec))
	[container.resources | some container in patched.spec.containers] == [
		{"requests": {"cpu": "100m", "memory": "128Mi"}},
		{"limits": {"cpu": "1m"}, "requests": {"memory": "128Mi"}},
	]
	patches(patched.spec) == set()
	asked := object.union(review.create(patched), {"parameters": {"requests": ["cpu", "memory"], "limits": []}})
	requests_and_limits.deny == set() with input as asked
}

test_a_pod_is_not_changed_later if {
	old := review.workload("Pod", {"containers": [{"name": "web", "image": "a"}]})
	new := review.workload("Pod", {"containers": [{"name": "web", "image": "b"}]})
	resource_requests.patch == set() with input as given(review.update(new, old))
}

test_where_no_request_can_be_put_none_is_set if {
	every wrong in [false, 0, "", []] {
		every resources in [wrong, {"requests": wrong}] {
			patches({"containers": [{"name": "web", "resources": resources}]}) == set()
		}
	}
}
