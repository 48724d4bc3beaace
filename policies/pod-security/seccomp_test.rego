package pod_security.seccomp_test

import data.lib.review_test as review
import data.pod_security.seccomp

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
			violations := seccomp.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.seccompProfile.type"}
		}
	}
}

test_a_forbidden_profile_of_the_pod_is_found_in_every_kind if {
	every context in forbidden {
		every case in review.spec_cases({"securityContext": context, "containers": [good, {"name": "unset"}]}) {
			violations := seccomp.deny with input as case.review
			review.fields(violations) == {$"{case.spec}.securityContext.seccompProfile.type"}
		}
	}
}

test_both_allowed_profiles_are_allowed_in_both_places if {
	every type in ["RuntimeDefault", "Localhost"] {
		spec := {"securityContext": profile(type), "containers": [{"name": "web"}]}
		seccomp.deny == set() with input as review.pod_with(spec)
		seccomp.deny == set() with input as review.secured(profile(type))
	}
}

test_a_pod_without_a_profile_leaves_it_to_its_containers if {
	every context in unset {
		spec := {"securityContext": context, "containers": [good, container(context)]}
		review.fields(seccomp.deny) == {
			"spec.containers[1].securityContext.seccompProfile.type",
		} with input as review.pod_with(spec)
	}
}

test_a_container_cannot_undo_what_the_pod_sets if {
	spec := {"securityContext": profile("RuntimeDefault"), "containers": [container(profile("Unconfined"))]}
	count(seccomp.deny) == 1 with input as review.pod_with(spec)
}

test_a_null_in_a_container_leaves_what_the_pod_sets if {
	spec := {"securityContext": profile("RuntimeDefault"), "containers": [container({"seccompProfile": null})]}
	seccomp.deny == set() with input as review.pod_with(spec)
}

test_windows_is_exempt if {
	every name, counts in {"windows": [0, 0], "linux": [2, 1]} {
		os := {"os": {"name": name}}
		bad := profile("Unconfined")
		explicit := {"securityContext": bad, "containers": [container(bad)]}
		count(seccomp.deny) == counts[0] with input as review.pod_with(object.union(explicit, os))
		implicit := {"containers": [{"name": "web"}]}
		count(seccomp.deny) == counts[1] with input as review.pod_with(object.union(implicit, os))
	}
}

test_the_messages_say_who_sets_what if {
	bad := profile("Unconfined")
	review.messages(seccomp.deny) == {
		"the Pod sets seccomp profile Unconfined; it must be RuntimeDefault or Localhost",
		`container "web" sets seccomp profile Unconfined; it must be RuntimeDefault or Localhost`,
	} with input as review.pod_with({"securityContext": bad, "containers": [container(bad)]})
	review.messages(seccomp.deny) == {
		`container "web" has no seccomp profile, and neither has the Pod`,
	} with input as review.secured(null)
	every untyped in [{}, "RuntimeDefault"] {
		review.messages(seccomp.deny) == {
			`container "web" sets seccomp profile null; it must be RuntimeDefault or Localhost`,
		} with input as review.secured({"seccompProfile": untyped})
	}
}
