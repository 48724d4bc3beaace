package defaults.seccomp_test

import data.defaults.seccomp
import data.lib.patch_test
import data.lib.review_test as review
import data.pod_security

containers := {"containers": [{"name": "web"}]}

given(review_of_object) := object.union(review_of_object, {"parameters": {}})

test_a_pod_without_a_profile_gets_the_runtimes_own_in_every_kind if {
	every context in [null, {}, {"runAsUser": 1000}, {"seccompProfile": null}] {
		every case in review.spec_cases(object.union(containers, {"securityContext": context})) {
			seccomp.patch == {{
				"op": "default",
				"path": $"/{replace(case.spec, ".", "/")}/securityContext/seccompProfile",
				"value": {"type": "RuntimeDefault"},
			}} with input as given(case.review)
		}
	}
	count(seccomp.patch) == 1 with input as given(review.pod_with(containers))
}

test_a_profile_on_the_node_can_be_the_default if {
	parameters := {"parameters": {"localhostProfile": "profiles/web.json"}}
	{patch.value | some patch in seccomp.patch} == {{
		"type": "Localhost",
		"localhostProfile": "profiles/web.json",
	}} with input as object.union(review.pod_with(containers), parameters)
}

test_a_profile_of_the_pod_stays if {
	every profile in [{"type": "Unconfined"}, {"type": "Localhost", "localhostProfile": "x"}, {}] {
		spec := object.union(containers, {"securityContext": {"seccompProfile": profile}})
		seccomp.patch == set() with input as given(review.pod_with(spec))
	}
}

test_a_profile_of_a_container_stays_and_the_others_get_the_pods if {
	own := {"name": "own", "securityContext": {"seccompProfile": {"type": "Unconfined"}}}
	pod := review.workload("Pod", {"containers": [own, {"name": "web"}]})
	patches := seccomp.patch with input as given(review.create(pod))
	patched := patch_test.applied(pod, patches)
	patched.spec == {
		"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
		"containers": [own, {"name": "web"}],
	}
}

test_once_set_nothing_more_is_said_and_the_check_is_content if {
	every kind, _ in review.kinds {
		object := review.workload(kind, containers)
		patches := seccomp.patch with input as given(review.create(object))
		patched := patch_test.applied(object, patches)
		patched != object
		seccomp.patch == set() with input as given(review.create(patched))
		pod_security.seccomp.deny == set() with input as given(review.create(patched))
	}
}

test_windows_pods_get_none if {
	seccomp.patch == set() with input as given(review.pod_with(object.union(containers, {"os": {"name": "windows"}})))
	count(seccomp.patch) == 1 with input as given(review.pod_with(object.union(containers, {"os": {"name": "linux"}})))
}

test_a_pod_is_not_changed_later if {
	old := review.workload("Pod", {"containers": [{"name": "web", "image": "a"}]})
	new := review.workload("Pod", {"containers": [{"name": "web", "image": "b"}]})
	seccomp.patch == set() with input as given(review.update(new, old))
}

test_the_replica_set_of_a_deployment_is_left_alone if {
	owner := {"apiVersion": "apps/v1", "kind": "Deployment", "controller": true}
	made := object.union(review.workload("ReplicaSet", containers), {"metadata": {"ownerReferences": [owner]}})
	seccomp.patch == set() with input as given(review.create(made))
}

test_where_no_profile_can_be_put_none_is_set if {
	every wrong in [false, 0, "", []] {
		spec := object.union(containers, {"securityContext": wrong})
		seccomp.patch == set() with input as given(review.pod_with(spec))
	}
}
