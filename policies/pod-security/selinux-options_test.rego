package pod_security.selinux_options_test

import data.lib.review_test as review
import data.pod_security.selinux_options

options(value) := {"seLinuxOptions": value}

good := {"name": "good", "securityContext": options({"type": "container_t"})}

forbidden := [
	{"type": "spc_t"}, {"type": "Container_t"}, {"type": " "}, {"type": 1}, {"user": "system_u"}, {"user": " "},
	{"role": "system_r"}, {"role": " "}, {"user": "container_t"}, {"role": "container_t"},
]

test_forbidden_options_of_a_container_are_found_in_every_kind_and_list if {
	every bad in forbidden {
		some name, _ in bad
		container := {"name": "bad", "securityContext": options(bad)}
		every case in review.container_cases(review.lists, good, container) {
			violations := selinux_options.deny with input as case.review
			review.fields(violations) == {$"{case.container}.securityContext.seLinuxOptions.{name}"}
		}
	}
}

test_forbidden_options_of_the_pod_are_found_in_every_kind if {
	every bad in forbidden {
		some name, _ in bad
		every case in review.spec_cases({"securityContext": options(bad), "containers": [good]}) {
			violations := selinux_options.deny with input as case.review
			review.fields(violations) == {$"{case.spec}.securityContext.seLinuxOptions.{name}"}
		}
	}
}

test_unset_and_allowed_options_are_allowed if {
	every value in [
		null, {}, {"type": null, "user": null, "role": null}, {"type": "", "user": "", "role": ""}, {"level": "s0:c1,c2"},
		{"type": "container_t"}, {"type": "container_init_t"}, {"type": "container_kvm_t"}, {"type": "container_engine_t"},
	] {
		selinux_options.deny == set() with input as review.secured(options(value))
		selinux_options.deny == set() with input as review.pod_with({"securityContext": options(value)})
	}
	every context in [null, {}] {
		selinux_options.deny == set() with input as review.secured(context)
		selinux_options.deny == set() with input as review.pod_with({"securityContext": context})
	}
}

test_container_engine_t_is_allowed_from_1_31 if {
	every minor, expected in {0: 1, 30: 1, 31: 0, 37: 0} {
		engine := options({"type": "container_engine_t"})
		count(selinux_options.deny) == expected with input as review.at(minor, review.secured(engine))
		count(selinux_options.deny) == expected with input as review.at(minor, review.pod_with({"securityContext": engine}))
		every type in ["", null, "container_t", "container_init_t", "container_kvm_t"] {
			selinux_options.deny == set() with input as review.at(minor, review.secured(options({"type": type})))
		}
	}
}

test_violations_say_who_sets_what if {
	container := {"name": "web", "securityContext": options({"type": "spc_t", "role": "system_r"})}
	selinux_options.deny == {
		{
			"msg": "the Pod sets SELinux user system_u, which is not allowed",
			"field": "spec.securityContext.seLinuxOptions.user",
			"details": {"option": "user", "value": "system_u"},
		},
		{
			"msg": `container "web" sets SELinux type spc_t, which is not allowed`,
			"field": "spec.containers[0].securityContext.seLinuxOptions.type",
			"details": {"option": "type", "value": "spc_t"},
		},
		{
			"msg": `container "web" sets SELinux role system_r, which is not allowed`,
			"field": "spec.containers[0].securityContext.seLinuxOptions.role",
			"details": {"option": "role", "value": "system_r"},
		},
	} with input as review.pod_with({"securityContext": options({"user": "system_u"}), "containers": [container]})
}
