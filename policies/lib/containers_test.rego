package lib.containers_test

import data.lib.containers
import data.lib.review_test as review

test_containers_come_in_the_order_of_the_lists_in_every_kind if {
	spec := {
		"ephemeralContainers": [{"name": "debug"}],
		"containers": [{"name": "web"}, {"name": "log"}],
		"initContainers": [{"name": "setup"}],
	}
	every case in review.spec_cases(spec) {
		found := containers.each with input as case.review
		found == [
			{
				"container": {"name": "setup"},
				"list": "initContainers",
				"index": 0,
				"who": `init container "setup"`,
				"field": $"{case.spec}.initContainers[0]",
			},
			{
				"container": {"name": "web"},
				"list": "containers",
				"index": 0,
				"who": `container "web"`,
				"field": $"{case.spec}.containers[0]",
			},
			{
				"container": {"name": "log"},
				"list": "containers",
				"index": 1,
				"who": `container "log"`,
				"field": $"{case.spec}.containers[1]",
			},
			{
				"container": {"name": "debug"},
				"list": "ephemeralContainers",
				"index": 0,
				"who": `ephemeral container "debug"`,
				"field": $"{case.spec}.ephemeralContainers[0]",
			},
		]
	}
}

test_what_holds_no_containers_has_none if {
	containers.each == [] with input as review.pod_with({"containers": null})
	containers.each == [] with input as review.create({"kind": "Service", "spec": {}})
}

test_only_an_init_container_that_always_restarts_is_a_sidecar if {
	containers.sidecar("initContainers", {"restartPolicy": "Always"})
	every container in [{}, {"restartPolicy": null}, {"restartPolicy": "OnFailure"}] {
		not containers.sidecar("initContainers", container)
	}
	every list in ["containers", "ephemeralContainers"] {
		not containers.sidecar(list, {"restartPolicy": "Always"})
	}
}
