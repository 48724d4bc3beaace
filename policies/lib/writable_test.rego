package lib.writable_test

import data.lib.review_test as review
import data.lib.writable

templates := {kind | some kind in object.keys(review.kinds); kind != "Pod"}

owned(new, reference) := json.patch(new, [{
	"op": "add",
	"path": "/metadata",
	"value": {"ownerReferences": [object.union({"controller": true}, reference)]},
}])

test_the_pod_spec_of_every_kind_can_be_written_on_create if {
	every kind, _ in review.kinds {
		writable.spec == {"hostname": "web"} with input as review.create(review.workload(kind, {"hostname": "web"}))
	}
}

test_a_template_can_be_written_on_update_and_a_pod_or_the_template_of_a_job_cannot if {
	every kind in templates - {"Job"} {
		changed := review.update(review.workload(kind, {"hostname": "new"}), review.workload(kind, {"hostname": "old"}))
		writable.spec == {"hostname": "new"} with input as changed
	}
	every kind in ["Pod", "Job"] {
		changed := review.update(review.workload(kind, {"hostname": "new"}), review.workload(kind, {"hostname": "old"}))
		not writable.spec with input as changed
	}
}

test_what_a_controller_made_of_a_template_is_left_alone if {
	pairs := [
		["ReplicaSet", {"apiVersion": "apps/v1", "kind": "Deployment"}],
		["Job", {"apiVersion": "batch/v1", "kind": "CronJob"}],
		["Deployment", {"apiVersion": "example.com/v1", "kind": "Shop"}],
	]
	every pair in pairs {
		made := owned(review.workload(pair[0], {}), pair[1])
		not writable.spec with input as review.create(made)
		not writable.template with input as review.create(made)
	}
	pod := owned(review.workload("Pod", {}), {"apiVersion": "apps/v1", "kind": "ReplicaSet"})
	writable.spec == {} with input as review.create(pod)
}

test_a_template_is_in_every_kind_but_the_pod if {
	every kind in templates {
		writable.template with input as review.create(review.workload(kind, {}))
	}
	every kind in ["Pod", "Service"] {
		not writable.template with input as review.create({"kind": kind, "spec": {}})
	}
}

test_what_is_deleted_cannot_be_written if {
	every kind, _ in review.kinds {
		old := review.workload(kind, {})
		not writable.spec with input as {"request": {"operation": "DELETE", "object": null, "oldObject": old}}
	}
}

test_the_pointer_names_the_pod_spec if {
	every kind, path in review.kinds {
		expected := $"/{replace(path, ".", "/")}"
		writable.pointer == expected with input as review.create(review.workload(kind, {}))
	}
}

test_tokens_are_escaped_the_tilde_first if {
	writable.token("team") == "team"
	writable.token("example.com/team") == "example.com~1team"
	writable.token("a~b/c~1") == "a~0b~1c~01"
}

test_only_what_is_absent_or_fits_can_be_added_to if {
	every value in [null, {}, {"a": 1}] {
		writable.takes_members(value)
	}
	every value in [null, [], [1]] {
		writable.takes_items(value)
	}
	every value in [false, 0, "", "text"] {
		not writable.takes_members(value)
		not writable.takes_items(value)
	}
	not writable.takes_members([])
	not writable.takes_items({})
}

test_the_pointer_of_a_container_names_what_is_in_it if {
	every kind, path in review.kinds {
		expected := $"/{replace(path, ".", "/")}/initContainers/2/resources/limits"
		found := writable.container_pointer("initContainers", 2, "resources/limits") with input as review.create(review.workload(kind, {}))
		found == expected
	}
}
