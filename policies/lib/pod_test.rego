package lib.pod_test

import data.lib.pod
import data.lib.review_test as review

test_the_pod_spec_is_found_in_every_kind if {
	count(review.kinds) == 9
	every kind, path in review.kinds {
		pod.spec == {"hostname": "web"} with input as review.create(review.workload(kind, {"hostname": "web"}))
		pod.field == path with input as review.create(review.workload(kind, {"hostname": "web"}))
	}
}

test_other_kinds_have_no_pod_spec if {
	not pod.spec with input as review.create({"kind": "Service", "spec": {"ports": []}})
}

test_what_is_no_object_is_no_pod_spec if {
	every spec in [null, "spec", 1, ["spec"]] {
		not pod.spec with input as review.pod_with(spec)
	}
}

test_an_absent_object_has_no_pod_spec if {
	old := review.workload("Pod", {})
	not pod.spec with input as {"request": {"operation": "DELETE", "object": null, "oldObject": old}}
}

test_an_update_is_read_only_if_it_changes_the_pod_spec if {
	every kind, _ in review.kinds {
		old := review.workload(kind, {"hostname": "old"})
		labelled := object.union(old, {"metadata": {"labels": {"team": "web"}}})
		changed := review.workload(kind, {"hostname": "new"})
		not pod.spec with input as review.update(labelled, old)
		pod.spec == {"hostname": "new"} with input as review.update(changed, old)
	}
}

test_an_update_that_changes_nothing_at_all_is_read if {
	web := review.workload("Pod", {"hostname": "web"})
	pod.spec with input as review.update(web, web)
}

test_a_create_is_read_even_if_an_old_object_has_the_same_pod_spec if {
	web := review.workload("Pod", {"hostname": "web"})
	old := object.union(web, {"metadata": {"labels": {"team": "web"}}})
	pod.spec with input as {"request": {"operation": "CREATE", "object": web, "oldObject": old}}
}

test_container_lists_that_are_null_or_no_list_are_absent if {
	spec := {"initContainers": null, "containers": {"name": "web"}, "ephemeralContainers": [], "volumes": []}
	pod.containers == {"ephemeralContainers": []} with input as review.pod_with(spec)
}

test_windows_is_what_the_operating_system_says if {
	pod.windows with input as review.pod_with({"os": {"name": "windows"}})
	not pod.windows with input as review.pod_with({"os": {"name": "linux"}})
	not pod.windows with input as review.pod_with({"os": null})
	not pod.windows with input as review.pod_with({})
}

test_a_user_namespace_is_an_explicit_false if {
	pod.user_namespace with input as review.pod_with({"hostUsers": false})
	not pod.user_namespace with input as review.pod_with({"hostUsers": true})
	not pod.user_namespace with input as review.pod_with({"hostUsers": null})
	not pod.user_namespace with input as review.pod_with({})
}

test_containers_are_named_with_their_list if {
	pod.describe("initContainers", {"name": "setup"}) == `init container "setup"`
	pod.describe("containers", {"name": "web"}) == `container "web"`
	pod.describe("ephemeralContainers", {}) == `ephemeral container ""`
	pod.describe("containers", {"name": null}) == `container ""`
	pod.describe("containers", null) == `container ""`
}

annotated(kind, annotations) := object_with if {
	path := split(review.kinds[kind], ".")
	beside := array.concat(array.slice(path, 0, count(path) - 1), ["metadata"])
	plain := object.union(review.workload(kind, {"hostname": "web"}), {"metadata": {"labels": {"team": "web"}}})
	object_with := json.patch(plain, [{"op": "add", "path": beside, "value": {"annotations": annotations}}])
}

test_the_annotations_of_the_pod_are_found_in_every_kind if {
	every kind, path in review.kinds {
		request := review.create(annotated(kind, {"a": "b"}))
		pod.annotations == {"a": "b"} with input as request
		pod.annotation_field("example.com/a") == $"{trim_suffix(path, "spec")}metadata.annotations[\"example.com/a\"]" with input as request
		pod.annotation_field("a") == $"{trim_suffix(path, "spec")}metadata.annotations.a" with input as request
	}
}

test_what_is_no_object_is_no_annotations if {
	every annotations in [null, "text", ["a"], 1] {
		not pod.annotations with input as review.create(annotated("Pod", annotations))
	}
	not pod.annotations with input as review.pod_with({})
}

test_annotations_are_read_if_an_update_changes_them_or_the_pod_spec if {
	every kind, path in review.kinds {
		old := annotated(kind, {"a": "b"})
		changed := annotated(kind, {"a": "c"})
		pod.annotations == {"a": "c"} with input as review.update(changed, old)
		not pod.spec with input as review.update(changed, old)
		moved := json.patch(old, [{"op": "add", "path": split($"{path}.hostname", "."), "value": "other"}])
		pod.annotations == {"a": "b"} with input as review.update(moved, old)
		labelled := object.union(old, {"metadata": {"labels": {"team": "shop"}}})
		not pod.annotations with input as review.update(labelled, old)
		pod.annotations == {"a": "b"} with input as review.update(old, old)
	}
}

test_container_names_are_those_of_every_list if {
	every kind, _ in review.kinds {
		spec := {
			"initContainers": [{"name": "a"}, {}],
			"containers": [{"name": "b"}, null],
			"ephemeralContainers": [{"name": "c"}],
			"volumes": [{"name": "d"}],
		}
		pod.container_names == {"", "a", "b", "c"} with input as review.create(review.workload(kind, spec))
	}
}

test_a_container_without_a_name_has_an_empty_one if {
	every container in [null, {}, {"name": null}, {"name": ""}] {
		pod.container_names == {"", "web"} with input as review.pod_with({"containers": [{"name": "web"}, container]})
	}
}

test_container_names_are_there_even_if_an_update_changes_something_else if {
	old := review.workload("Pod", {"containers": [{"name": "web"}]})
	labelled := object.union(old, {"metadata": {"labels": {"team": "web"}}})
	pod.container_names == {"web"} with input as review.update(labelled, old)
	every spec in [{}, {"containers": null}, {"containers": "web"}, null] {
		pod.container_names == set() with input as review.pod_with(spec)
	}
}

test_without_a_pod_spec_annotations_are_read_if_an_update_changes_them if {
	old := {"kind": "Pod", "metadata": {"annotations": {"a": "b"}}}
	not pod.annotations with input as review.update(object.union(old, {"metadata": {"labels": {"team": "web"}}}), old)
	changed := {"kind": "Pod", "metadata": {"annotations": {"a": "c"}}}
	pod.annotations == {"a": "c"} with input as review.update(changed, old)
}
