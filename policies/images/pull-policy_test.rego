package images.pull_policy_test

import data.images.pull_policy
import data.lib.patch_test
import data.lib.review_test as review

always := {"policy": "Always", "overwrite": ["IfNotPresent", "Never"]}

no_never := {"policy": "IfNotPresent", "overwrite": ["Never"]}

patches(given_review, parameters) := result if {
	result := pull_policy.patch with input as object.union(given_review, {"parameters": parameters})
}

set_to(path, policy) := {{"op": "add", "path": path, "value": policy}}

web(image, policy) := {"containers": [{"name": "web", "image": image, "imagePullPolicy": policy}]}

path := "/spec/containers/0/imagePullPolicy"

test_what_gives_way_is_overwritten_and_nothing_else if {
	every policy in ["IfNotPresent", "Never"] {
		patches(review.pod_with(web("nginx:1", policy)), always) == set_to(path, "Always")
	}
	patches(review.pod_with(web("nginx", "Never")), always) == set_to(path, "Always")
	patches(review.pod_with(web("nginx:1", "Always")), always) == set()
	patches(review.pod_with(web("nginx:1", "Never")), no_never) == set_to(path, "IfNotPresent")
	every policy in ["Always", "IfNotPresent"] {
		patches(review.pod_with(web("nginx:1", policy)), no_never) == set()
	}
	every policy in ["Always", "IfNotPresent", "Never"] {
		patches(review.pod_with(web("nginx:1", policy)), {"policy": policy, "overwrite": [policy]}) == set()
	}
}

test_an_absent_policy_counts_as_what_the_api_server_fills_in if {
	digest := "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	latest := ["nginx", "nginx:latest", $"nginx:latest{digest}", "localhost:5000/nginx"]
	others := ["nginx:1", $"nginx{digest}", $"nginx:1{digest}", "nginx:", "", null]
	every absent in [null, ""] {
		every image in latest {
			patches(review.pod_with(web(image, absent)), always) == set()
		}
		every image in others {
			patches(review.pod_with(web(image, absent)), always) == set_to(path, "Always")
		}
	}
	patches(review.pod_with({"containers": [{"name": "web", "image": "nginx:1"}]}), always) == set_to(path, "Always")
	patches(review.pod_with({"containers": [{"name": "web"}]}), always) == set_to(path, "Always")
	never := {"policy": "Never", "overwrite": ["Always"]}
	patches(review.pod_with({"containers": [{"name": "web", "image": "nginx"}]}), never) == set_to(path, "Never")
}

test_an_absent_policy_of_a_volume_or_an_ephemeral_container_counts_so_too if {
	volumes := [{"image": {"reference": "nginx"}}, {"image": {"reference": "nginx:1"}}, {"image": {}}]
	{patch.path | some patch in patches(review.pod_with({"volumes": volumes}), always)} == {
		"/spec/volumes/1/image/pullPolicy",
		"/spec/volumes/2/image/pullPolicy",
	}
	added := {"ephemeralContainers": [
		{"name": "latest", "image": "busybox"},
		{"name": "stays", "image": "busybox:1"},
		{"name": "none"},
		{"name": "set", "image": "busybox:1", "imagePullPolicy": "Always"},
	]}
	debugged := review.update(review.workload("Pod", added), review.workload("Pod", {}))
	{patch.path | some patch in patches(debugged, always)} == {
		"/spec/ephemeralContainers/1/imagePullPolicy",
		"/spec/ephemeralContainers/2/imagePullPolicy",
	}
}

test_both_lists_and_volumes_of_every_kind_are_read if {
	bad := {"name": "bad", "image": "nginx:1", "imagePullPolicy": "Never"}
	good := {"name": "good", "image": "nginx:1", "imagePullPolicy": "Always"}
	every case in review.container_cases(["initContainers", "containers"], good, bad) {
		pointer := replace(replace(replace(case.container, ".", "/"), "[", "/"), "]", "")
		patches(case.review, always) == set_to($"/{pointer}/imagePullPolicy", "Always")
	}
	volumes := [{"emptyDir": {}}, {"image": {"reference": "nginx:1", "pullPolicy": "Never"}}]
	every case in review.spec_cases({"volumes": volumes}) {
		pointer := $"/{replace(case.spec, ".", "/")}/volumes/1/image/pullPolicy"
		patches(case.review, always) == set_to(pointer, "Always")
	}
}

test_once_set_nothing_more_is_said if {
	pod := review.workload("Pod", object.union(
		web("nginx:1", "Never"),
		{"volumes": [{"name": "v", "image": {"reference": "nginx:1"}}]},
	))
	patched := patch_test.applied(pod, patches(review.create(pod), always))
	patched.spec.containers[0].imagePullPolicy == "Always"
	patched.spec.volumes[0].image.pullPolicy == "Always"
	patches(review.create(patched), always) == set()
}

debug(name) := {"name": name, "image": "busybox:1", "imagePullPolicy": "IfNotPresent"}

test_ephemeral_containers_are_changed_only_while_they_are_added if {
	pod := object.union(web("nginx:1", "Never"), {"ephemeralContainers": [debug("old"), debug("new")]})
	old := object.union(web("nginx:1", "Never"), {"ephemeralContainers": [debug("old")]})
	added := review.update(review.workload("Pod", pod), review.workload("Pod", old))
	patches(added, always) == set_to("/spec/ephemeralContainers/1/imagePullPolicy", "Always")
	first := review.update(review.workload("Pod", pod), review.workload("Pod", web("nginx:1", "Never")))
	count(patches(first, always)) == 2
	patches(first, {"policy": "Never", "overwrite": ["Always"]}) == set()
	template := review.update(review.workload("Deployment", pod), review.workload("Deployment", old))
	every patch in patches(template, always) {
		startswith(patch.path, "/spec/template/spec/")
	}
	patches(review.update(review.workload("Job", pod), review.workload("Job", old)), always) == set()
}

test_a_pod_and_the_template_of_a_job_are_not_changed_later_and_other_templates_are if {
	every kind in object.keys(review.kinds) {
		updated := review.update(
			review.workload(kind, web("nginx:2", "Never")),
			review.workload(kind, web("nginx:1", "Never")),
		)
		count(patches(updated, always)) == count({1 | not kind in {"Pod", "Job"}})
	}
}

test_the_replica_set_of_a_deployment_is_left_alone if {
	owner := {"apiVersion": "apps/v1", "kind": "Deployment", "controller": true}
	metadata := {"metadata": {"ownerReferences": [owner]}}
	made := object.union(review.workload("ReplicaSet", web("nginx:1", "Never")), metadata)
	patches(review.create(made), always) == set()
}
