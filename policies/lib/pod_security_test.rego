package lib.pod_security_test

import data.lib.pod_security
import data.lib.review_test as review

pod := review.workload("Pod", {})

deployment := review.workload("Deployment", {})

# A review of an object with these parameters in a namespace with these labels, written without `pod-security.kubernetes.io/`.
asked(new, parameters, labels) := object.union(review.create(new), {
	"parameters": parameters,
	"namespaceObject": {"metadata": {"labels": {$"pod-security.kubernetes.io/{name}": value | some name, value in labels}}},
})

unlabelled(new, parameters) := object.union(review.create(new), {"parameters": parameters})

test_without_parameters_every_check_of_the_newest_version_stands_for_itself if {
	pod_security.level == "any" with input as review.create(pod)
	pod_security.minor == 37 with input as review.create(pod)
	pod_security.denies with input as review.create(pod)
	pod_security.restricted with input as review.create(pod)
	pod_security.denies with input as review.create(deployment)
	not pod_security.warns with input as review.create(deployment)
}

test_the_version_is_a_minor_number if {
	every version, minor in {
		"latest": 37, "v1.0": 0, "v1.7": 7, "v1.10": 10, "v1.37": 37, "v1.38": 38, "v1.1000": 1000,
	} {
		pod_security.minor == minor with input as unlabelled(pod, {"version": version})
	}
}

not_versions := [
	"", "30", "0", "v1", "v1.", "1.30", "v1.030", "v01.30", "v1.30.1", "v2.0", "V1.30", "v1.3x", "xv1.30", "v1.-1", "v1.1e1",
	"newest", "Latest", " v1.30", 30,
]

test_what_is_no_version_is_the_newest if {
	every version in not_versions {
		request := asked(pod, {"label": "enforce", "version": "v1.30"}, {"enforce-version": version})
		pod_security.minor == 37 with input as request
	}
}

test_the_level_says_which_checks_apply if {
	every level in ["baseline", "restricted"] {
		pod_security.level == level with input as unlabelled(pod, {"level": level})
		pod_security.denies with input as unlabelled(pod, {"level": level})
	}
	not pod_security.restricted with input as unlabelled(pod, {"level": "baseline"})
	pod_security.restricted with input as unlabelled(pod, {"level": "restricted"})
}

test_labels_are_not_read_unless_a_label_is_chosen if {
	request := asked(pod, {"level": "baseline", "version": "v1.30"}, {"enforce": "restricted", "enforce-version": "v1.20"})
	pod_security.level == "baseline" with input as request
	pod_security.minor == 30 with input as request
}

test_workloads_that_are_warned_of_do_not_choose_a_label if {
	labels := {"warn": "restricted", "warn-version": "v1.20"}
	pod_security.level == "any" with input as asked(deployment, {"workloads": "warn"}, labels)
	pod_security.minor == 37 with input as asked(deployment, {"workloads": "warn"}, labels)
}

test_each_label_is_read_by_its_name if {
	labels := {
		"enforce": "restricted", "enforce-version": "v1.21",
		"audit": "baseline", "audit-version": "v1.22",
		"warn": "baseline", "warn-version": "v1.23",
	}
	every label, expected in {"enforce": ["restricted", 21], "audit": ["baseline", 22], "warn": ["baseline", 23]} {
		pod_security.level == expected[0] with input as asked(pod, {"label": label}, labels)
		pod_security.minor == expected[1] with input as asked(pod, {"label": label}, labels)
	}
}

test_a_namespace_without_the_label_is_privileged if {
	every label in ["enforce", "audit", "warn"] {
		request := asked(pod, {"label": label}, {"other": "restricted"})
		pod_security.level == "privileged" with input as request
		pod_security.minor == 37 with input as request
		not pod_security.denies with input as request
		not pod_security.restricted with input as request
	}
}

test_a_privileged_namespace_gets_no_findings if {
	not pod_security.denies with input as asked(pod, {"label": "enforce"}, {"enforce": "privileged"})
	not pod_security.warns with input as asked(deployment, {"label": "warn"}, {"warn": "privileged"})
	pod_security.denies with input as asked(pod, {"label": "enforce"}, {"enforce": "baseline"})
	pod_security.warns with input as asked(deployment, {"label": "warn"}, {"warn": "baseline"})
}

test_level_and_version_are_those_of_namespaces_that_say_nothing if {
	usual := {"level": "baseline", "version": "v1.30"}
	every label in ["enforce", "audit", "warn"] {
		request := asked(pod, object.union(usual, {"label": label}), {})
		pod_security.level == "baseline" with input as request
		pod_security.minor == 30 with input as request
		said := {label: "restricted", $"{label}-version": "v1.20"}
		pod_security.level == "restricted" with input as asked(pod, object.union(usual, {"label": label}), said)
		pod_security.minor == 20 with input as asked(pod, object.union(usual, {"label": label}), said)
	}
}

# As upstream: what is enforced fails closed, what only tells fails open.
test_what_is_no_level_is_restricted_where_it_is_enforced if {
	every value in ["", "Restricted", "BASELINE", "none", 1] {
		pod_security.level == "restricted" with input as asked(pod, {"label": "enforce"}, {"enforce": value})
		every label in ["audit", "warn"] {
			request := asked(pod, {"label": label, "level": "baseline"}, {label: value})
			pod_security.level == "privileged" with input as request
		}
	}
}

test_an_unknown_namespace_is_restricted_where_it_is_enforced if {
	every namespace in [{}, {"namespaceObject": null}] {
		enforced := object.union(unlabelled(pod, {"label": "enforce", "level": "baseline", "version": "v1.30"}), namespace)
		pod_security.level == "restricted" with input as enforced
		pod_security.minor == 30 with input as enforced
		pod_security.denies with input as enforced
		every label in ["audit", "warn"] {
			told := object.union(unlabelled(pod, {"label": label}), namespace)
			pod_security.level == "privileged" with input as told
			not pod_security.denies with input as told
		}
	}
}

test_a_namespace_without_labels_is_known if {
	every metadata in [{}, {"labels": null}, {"labels": {}}] {
		request := object.union(unlabelled(pod, {"label": "enforce"}), {"namespaceObject": {"metadata": metadata}})
		pod_security.level == "privileged" with input as request
		pod_security.minor == 37 with input as request
	}
}

test_warnings_are_at_least_of_the_level_that_is_enforced if {
	enforced := {"enforce": "restricted", "enforce-version": "v1.25"}
	pod_security.level == "restricted" with input as warned_of(enforced)
	pod_security.minor == 25 with input as warned_of(enforced)

	# A version of its own stays.
	pod_security.level == "restricted" with input as warned_of(object.union(enforced, {"warn-version": "v1.30"}))
	pod_security.minor == 30 with input as warned_of(object.union(enforced, {"warn-version": "v1.30"}))

	# So does a level of its own, whatever it is.
	every level, expected in {"privileged": "privileged", "baseline": "baseline", "nonsense": "privileged"} {
		request := warned_of(object.union(enforced, {"warn": level}))
		pod_security.level == expected with input as request
		pod_security.minor == 37 with input as request
	}
}

warned_of(labels) := asked(pod, {"label": "warn"}, labels)

test_warnings_take_from_what_is_enforced_only_what_is_stricter_and_valid if {
	every enforced in ["nonsense", "privileged"] {
		request := warned_of({"enforce": enforced, "enforce-version": "v1.25"})
		pod_security.level == "privileged" with input as request
		pod_security.minor == 37 with input as request
	}
	usual := {"label": "warn", "level": "baseline", "version": "v1.30"}
	every enforced, expected in {"privileged": ["baseline", 30], "baseline": ["baseline", 30], "restricted": ["restricted", 25]} {
		request := asked(pod, usual, {"enforce": enforced, "enforce-version": "v1.25"})
		pod_security.level == expected[0] with input as request
		pod_security.minor == expected[1] with input as request
	}
}

test_warnings_take_the_usual_version_where_only_a_level_is_enforced if {
	request := asked(pod, {"label": "warn", "version": "v1.30"}, {"enforce": "baseline"})
	pod_security.level == "baseline" with input as request
	pod_security.minor == 30 with input as request
}

test_the_audit_takes_nothing_from_what_is_enforced if {
	request := asked(pod, {"label": "audit"}, {"enforce": "restricted", "enforce-version": "v1.25"})
	pod_security.level == "privileged" with input as request
	pod_security.minor == 37 with input as request
}

test_workloads_are_denied_warned_of_or_left_alone if {
	every workloads, expected in {"deny": [1, 0], "warn": [0, 1], "off": [0, 0]} {
		every kind, _ in review.kinds {
			request := unlabelled(review.workload(kind, {}), {"workloads": workloads})
			wanted := object.get({"Pod": [1, 0]}, kind, expected)
			reported == wanted with input as request
		}
	}
}

# Whether `deny` reports, and whether `warn` does.
reported := [count([true | pod_security.denies]), count([true | pod_security.warns])]

# What YAML makes of an `off` without quotes.
test_false_is_off if {
	request := unlabelled(deployment, {"workloads": false})
	not pod_security.denies with input as request
	not pod_security.warns with input as request
}

test_by_labels_workloads_are_warned_of_and_audited if {
	labels := {"enforce": "restricted", "audit": "restricted", "warn": "restricted"}
	every label, expected in {"enforce": [0, 1], "audit": [1, 0], "warn": [0, 1]} {
		request := asked(deployment, {"label": label}, labels)
		reported == expected with input as request
	}
}

test_workloads_under_enforce_are_warned_of_by_the_label_for_warnings if {
	labels := {"enforce": "restricted", "enforce-version": "v1.20", "warn": "baseline", "warn-version": "v1.30"}
	pod_security.level == "baseline" with input as asked(deployment, {"label": "enforce"}, labels)
	pod_security.minor == 30 with input as asked(deployment, {"label": "enforce"}, labels)
	denied := {"label": "enforce", "workloads": "deny"}
	pod_security.level == "restricted" with input as asked(deployment, denied, labels)
	pod_security.minor == 20 with input as asked(deployment, denied, labels)
}

test_what_has_no_object_is_neither_denied_nor_warned_of if {
	deletion := {"request": {"operation": "DELETE", "object": null, "oldObject": pod}}
	not pod_security.denies with input as deletion
	not pod_security.warns with input as deletion
}

test_the_type_of_a_profile if {
	pod_security.profile_type({"type": "Localhost"}) == "Localhost"
	every untyped in [{}, null, "Localhost", ["Localhost"]] {
		pod_security.profile_type(untyped) == null
	}
}
