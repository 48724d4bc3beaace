package pod_security.seccomp_test

import data.lib.review_test as review
import data.pod_security.seccomp

profile(type) := {"seccompProfile": {"type": type}}

container(context) := {"name": "web", "securityContext": context}

good := container(profile("RuntimeDefault"))

forbidden := array.concat(
	[{"seccompProfile": {}}, {"seccompProfile": "RuntimeDefault"}],
	[profile(type) | some type in [null, "", "Unconfined", "runtimedefault", "runtime/default", 1]],
)

allowed := [null, {}, {"seccompProfile": null}, profile("RuntimeDefault"), profile("Localhost")]

pod_key := "seccomp.security.alpha.kubernetes.io/pod"

key(name) := $"container.seccomp.security.alpha.kubernetes.io/{name}"

test_a_forbidden_profile_of_a_container_is_found_in_every_kind_and_list if {
	every context in forbidden {
		every case in review.container_cases(review.lists, good, container(context)) {
			violations := seccomp.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.seccompProfile.type"}
		}
	}
}

test_a_forbidden_profile_of_the_pod_is_found_in_every_kind if {
	every context in forbidden {
		every case in review.spec_cases({"securityContext": context, "containers": [good]}) {
			violations := seccomp.deny with input as case.review
			review.fields(violations) == {$"{case.spec}.securityContext.seccompProfile.type"}
		}
	}
}

test_unset_and_both_allowed_profiles_are_allowed if {
	every context in allowed {
		seccomp.deny == set() with input as review.secured(context)
		seccomp.deny == set() with input as review.pod_with({"securityContext": context, "containers": [{"name": "web"}]})
	}
}

test_before_1_19_annotations_are_read_and_fields_are_not if {
	spec := {"securityContext": profile("Unconfined"), "containers": [container(profile("Unconfined"))]}
	annotations := {pod_key: "unconfined", key("web"): "unconfined"}
	every minor, expected in {
		0: {$"metadata.annotations[\"{pod_key}\"]", $"metadata.annotations[\"{key("web")}\"]"},
		18: {$"metadata.annotations[\"{pod_key}\"]", $"metadata.annotations[\"{key("web")}\"]"},
		19: {"spec.securityContext.seccompProfile.type", "spec.containers[0].securityContext.seccompProfile.type"},
		37: {"spec.securityContext.seccompProfile.type", "spec.containers[0].securityContext.seccompProfile.type"},
	} {
		violations := seccomp.deny with input as review.at(minor, review.annotated_pod(annotations, spec))
		review.fields(violations) == expected
	}
}

test_annotations_are_read_for_the_containers_of_every_list_and_kind if {
	every list in review.lists {
		every kind, path in review.kinds {
			metadata := {"annotations": {key("web"): "unconfined", key("elsewhere"): "unconfined"}}
			object_with := workload_with(kind, metadata, {list: [{"name": "other"}, {"name": "web"}]})
			violations := seccomp.deny with input as review.at(18, review.create(object_with))
			review.fields(violations) == {$"{trim_suffix(path, "spec")}metadata.annotations[\"{key("web")}\"]"}
		}
	}
}

# An object of a kind around a pod spec and the metadata beside it.
workload_with(kind, metadata, spec) := new if {
	path := split(review.kinds[kind], ".")
	beside := array.concat(array.slice(path, 0, count(path) - 1), ["metadata"])
	plain := object.union(review.workload(kind, spec), {"metadata": {}})
	new := json.patch(plain, [{"op": "add", "path": beside, "value": metadata}])
}

test_annotations_have_values_of_their_own if {
	every name in [pod_key, key("web")] {
		every value in ["unconfined", "", null, "RuntimeDefault", "runtime/Default", "localhost", "docker/default ", 1] {
			request := review.annotated_pod({name: value}, {"containers": [{"name": "web"}]})
			count(seccomp.deny) == 1 with input as review.at(18, request)
		}
		every value in ["runtime/default", "docker/default", "localhost/", "localhost/mine.json"] {
			request := review.annotated_pod({name: value}, {"containers": [{"name": "web"}]})
			seccomp.deny == set() with input as review.at(18, request)
		}
	}
}

test_without_annotations_nothing_is_forbidden_before_1_19 if {
	every metadata in [{}, {"annotations": null}, {"annotations": {}}] {
		pod := {"kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "web"}]}}
		seccomp.deny == set() with input as review.at(18, review.create(pod))
	}
}

test_an_update_is_read_if_it_changes_the_annotations_or_the_containers if {
	old := annotated_pod("runtime/default", ["web"])
	bad := annotated_pod("unconfined", ["web"])
	labelled := object.union(bad, {"metadata": {"labels": {"team": "web"}}})
	count(seccomp.deny) == 1 with input as review.at(18, review.update(bad, old))
	count(seccomp.deny) == 1 with input as review.at(18, review.update(bad, annotated_pod("unconfined", ["other"])))
	seccomp.deny == set() with input as review.at(18, review.update(labelled, bad))
}

annotated_pod(value, names) := {
	"kind": "Pod",
	"metadata": {"annotations": {key("web"): value}},
	"spec": {"containers": [{"name": name} | some name in names]},
}

test_violations_say_who_sets_what if {
	bad := profile("Unconfined")
	seccomp.deny == {
		{
			"msg": "the Pod sets seccomp profile Unconfined; it must be RuntimeDefault or Localhost",
			"field": "spec.securityContext.seccompProfile.type",
			"details": {"type": "Unconfined"},
		},
		{
			"msg": `container "web" sets seccomp profile null; it must be RuntimeDefault or Localhost`,
			"field": "spec.containers[0].securityContext.seccompProfile.type",
			"details": {"type": null},
		},
	} with input as review.pod_with({"securityContext": bad, "containers": [container({"seccompProfile": {}})]})
	seccomp.deny == {{
		"msg": $"the annotation {pod_key} sets seccomp profile unconfined; it must be runtime/default, docker/default or localhost/*",
		"field": $"metadata.annotations[\"{pod_key}\"]",
		"details": {"annotation": pod_key, "profile": "unconfined"},
	}} with input as review.at(18, review.annotated_pod({pod_key: "unconfined"}, {}))
}
