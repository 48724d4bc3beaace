package pod_security.seccomp_restricted_test

import data.lib.review_test as review
import data.pod_security.seccomp_restricted

profile(type) := {"seccompProfile": {"type": type}}

container(context) := {"name": "web", "securityContext": context}

good := container(profile("RuntimeDefault"))

unset := [null, {}, {"seccompProfile": null}]

forbidden := array.concat(
	[{"seccompProfile": {}}, {"seccompProfile": "RuntimeDefault"}],
	[profile(type) | some type in [null, "", "Unconfined", "runtimedefault", 1]],
)

test_containers_without_an_allowed_profile_are_found_in_every_kind_and_list if {
	every context in array.concat(unset, forbidden) {
		every case in review.container_cases(review.lists, good, container(context)) {
			violations := seccomp_restricted.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.seccompProfile.type"}
		}
	}
}

test_a_container_that_is_null_is_found if {
	fields := {"spec.containers[0].securityContext.seccompProfile.type"}
	review.fields(seccomp_restricted.deny) == fields with input as review.pod_with({"containers": [null, good]})
}

test_a_forbidden_profile_of_the_pod_is_found_in_every_kind if {
	every context in forbidden {
		every case in review.spec_cases({"securityContext": context, "containers": [good, {"name": "unset"}]}) {
			violations := seccomp_restricted.deny with input as case.review
			review.fields(violations) == {$"{case.spec}.securityContext.seccompProfile.type"}
		}
	}
}

test_both_allowed_profiles_are_allowed_in_both_places if {
	every type in ["RuntimeDefault", "Localhost"] {
		spec := {"securityContext": profile(type), "containers": [{"name": "web"}]}
		seccomp_restricted.deny == set() with input as review.pod_with(spec)
		seccomp_restricted.deny == set() with input as review.secured(profile(type))
	}
}

test_a_pod_without_a_profile_leaves_it_to_its_containers if {
	every context in unset {
		spec := {"securityContext": context, "containers": [good, container(context)]}
		review.fields(seccomp_restricted.deny) == {
			"spec.containers[1].securityContext.seccompProfile.type",
		} with input as review.pod_with(spec)
	}
}

test_a_container_cannot_undo_what_the_pod_sets if {
	spec := {"securityContext": profile("RuntimeDefault"), "containers": [container(profile("Unconfined"))]}
	count(seccomp_restricted.deny) == 1 with input as review.pod_with(spec)
}

test_a_null_in_a_container_leaves_what_the_pod_sets if {
	spec := {"securityContext": profile("RuntimeDefault"), "containers": [container({"seccompProfile": null})]}
	seccomp_restricted.deny == set() with input as review.pod_with(spec)
}

test_annotations_are_not_read if {
	unset := {"seccomp.security.alpha.kubernetes.io/pod": "runtime/default"}
	count(seccomp_restricted.deny) == 1 with input as review.annotated_pod(unset, {"containers": [{"name": "web"}]})
}

test_violations_say_who_sets_what if {
	bad := profile("Unconfined")
	seccomp_restricted.deny == {
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
	seccomp_restricted.deny == {{
		"msg": `container "web" has no seccomp profile, and neither has the Pod`,
		"field": "spec.containers[0].securityContext.seccompProfile.type",
	}} with input as review.secured(null)
}

test_windows_is_exempt_from_1_25_on if {
	every spec in [
		{"securityContext": profile("Unconfined")},
		{"containers": [container(profile("Unconfined"))]},
		{"containers": [{"name": "unset"}]},
	] {
		every minor, expected in {24: 1, 25: 0} {
			request := review.pod_with(object.union(spec, {"os": {"name": "windows"}}))
			count(seccomp_restricted.deny) == expected with input as review.at(minor, request)
		}
	}
}
