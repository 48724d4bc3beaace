# What holds for all 19 checks: from which version on each applies, at which level, and who is exempt. Written down once
# more, from upstream's registry, so that no policy can be wrong unnoticed.
package pod_security.standards_test

import data.lib.review_test as review

baseline := {
	"app_armor": 0,
	"capabilities": 0,
	"host_namespaces": 0,
	"host_path_volumes": 0,
	"host_ports": 0,
	"host_probes": 34,
	"privileged": 0,
	"proc_mount": 0,
	"seccomp": 0,
	"selinux_options": 0,
	"sysctls": 0,
	"windows_host_process": 0,
}

restricted := {
	"capabilities_restricted": 22,
	"privilege_escalation": 8,
	"proc_mount_restricted": 35,
	"run_as_non_root": 0,
	"run_as_user": 23,
	"seccomp_restricted": 19,
	"volume_types": 0,
}

# Checks of the baseline that the level restricted replaces by stricter ones, and since when.
replaced := {"capabilities": 22, "host_path_volumes": 0, "proc_mount": 35, "seccomp": 19}

exempt_in_windows := {"capabilities_restricted", "privilege_escalation", "seccomp_restricted"}

exempt_in_user_namespaces := {"proc_mount", "run_as_non_root", "run_as_user"}

# Each step and the version before it, the first, the newest, and one that there is not yet.
minors := [0, 7, 8, 18, 19, 21, 22, 23, 24, 25, 33, 34, 35, 37, 38]

# What it sets violates every check, in every version.
spec := {
	"hostNetwork": true,
	"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]},
	"volumes": [{"name": "root", "hostPath": {"path": "/"}}],
	"containers": [{
		"name": "web",
		"ports": [{"containerPort": 80, "hostPort": 80}],
		"livenessProbe": {"httpGet": {"host": "example.com", "port": 80}},
		"securityContext": {
			"privileged": true,
			"procMount": "Unmasked",
			"runAsUser": 0,
			"appArmorProfile": {"type": "Unconfined"},
			"seccompProfile": {"type": "Unconfined"},
			"seLinuxOptions": {"user": "system_u"},
			"windowsOptions": {"hostProcess": true},
			"capabilities": {"add": ["SYS_ADMIN"]},
		},
	}],
}

annotations := {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}

asked(more, parameters) := object.union(
	review.annotated_pod(annotations, object.union(spec, more)),
	{"parameters": parameters},
)

# The checks of which the rule finds something.
denied := {name | some name, found in denials; count(found) > 0}

warned := {name | some name, found in warnings; count(found) > 0}

denials := {
	"app_armor": data.pod_security.app_armor.deny,
	"capabilities": data.pod_security.capabilities.deny,
	"capabilities_restricted": data.pod_security.capabilities_restricted.deny,
	"host_namespaces": data.pod_security.host_namespaces.deny,
	"host_path_volumes": data.pod_security.host_path_volumes.deny,
	"host_ports": data.pod_security.host_ports.deny,
	"host_probes": data.pod_security.host_probes.deny,
	"privilege_escalation": data.pod_security.privilege_escalation.deny,
	"privileged": data.pod_security.privileged.deny,
	"proc_mount": data.pod_security.proc_mount.deny,
	"proc_mount_restricted": data.pod_security.proc_mount_restricted.deny,
	"run_as_non_root": data.pod_security.run_as_non_root.deny,
	"run_as_user": data.pod_security.run_as_user.deny,
	"seccomp": data.pod_security.seccomp.deny,
	"seccomp_restricted": data.pod_security.seccomp_restricted.deny,
	"selinux_options": data.pod_security.selinux_options.deny,
	"sysctls": data.pod_security.sysctls.deny,
	"volume_types": data.pod_security.volume_types.deny,
	"windows_host_process": data.pod_security.windows_host_process.deny,
}

warnings := {
	"app_armor": data.pod_security.app_armor.warn,
	"capabilities": data.pod_security.capabilities.warn,
	"capabilities_restricted": data.pod_security.capabilities_restricted.warn,
	"host_namespaces": data.pod_security.host_namespaces.warn,
	"host_path_volumes": data.pod_security.host_path_volumes.warn,
	"host_ports": data.pod_security.host_ports.warn,
	"host_probes": data.pod_security.host_probes.warn,
	"privilege_escalation": data.pod_security.privilege_escalation.warn,
	"privileged": data.pod_security.privileged.warn,
	"proc_mount": data.pod_security.proc_mount.warn,
	"proc_mount_restricted": data.pod_security.proc_mount_restricted.warn,
	"run_as_non_root": data.pod_security.run_as_non_root.warn,
	"run_as_user": data.pod_security.run_as_user.warn,
	"seccomp": data.pod_security.seccomp.warn,
	"seccomp_restricted": data.pod_security.seccomp_restricted.warn,
	"selinux_options": data.pod_security.selinux_options.warn,
	"sysctls": data.pod_security.sysctls.warn,
	"volume_types": data.pod_security.volume_types.warn,
	"windows_host_process": data.pod_security.windows_host_process.warn,
}

names := object.keys(baseline) | object.keys(restricted)

since(checks, minor) := {name | some name, from in checks; from <= minor}

test_there_are_nineteen_checks if {
	count(baseline) == 12
	count(restricted) == 7
}

test_each_check_applies_from_its_version_on if {
	every minor in minors {
		denied == since(baseline, minor) | since(restricted, minor) with input as asked({}, {"version": $"v1.{minor}"})
	}
}

test_the_level_baseline_is_its_own_checks if {
	every minor in minors {
		request := asked({}, {"version": $"v1.{minor}", "level": "baseline"})
		denied == since(baseline, minor) with input as request
	}
}

test_the_level_restricted_is_all_checks_but_those_that_it_replaces if {
	every minor in minors {
		request := asked({}, {"version": $"v1.{minor}", "level": "restricted"})
		denied == (since(baseline, minor) | since(restricted, minor)) - since(replaced, minor) with input as request
	}
}

test_windows_is_exempt_from_what_it_does_not_have if {
	every minor in minors {
		request := asked({"os": {"name": "windows"}}, {"version": $"v1.{minor}"})
		exempt := {name | some name in exempt_in_windows; minor >= 25}
		denied == (since(baseline, minor) | since(restricted, minor)) - exempt with input as request
	}
}

test_other_systems_are_not_exempt if {
	every name in ["linux", "Windows", "", null] {
		denied == names with input as asked({"os": {"name": name}}, {"version": "v1.37"})
	}
}

test_a_user_namespace_is_exempt_from_what_does_no_harm_there if {
	every minor in minors {
		request := asked({"hostUsers": false}, {"version": $"v1.{minor}"})
		exempt := {name | some name in exempt_in_user_namespaces; minor >= 35}
		denied == (since(baseline, minor) | since(restricted, minor)) - exempt with input as request
	}
}

test_the_users_of_the_node_are_not_exempt if {
	every value in [true, null, "false"] {
		denied == names with input as asked({"hostUsers": value}, {"version": "v1.37"})
	}
}

template := object.union(review.workload("Deployment", spec), {"kind": "Deployment"})

test_workloads_are_denied_unless_parameters_say_otherwise if {
	every parameters in [{}, {"workloads": "deny"}] {
		request := object.union(review.create(template), {"parameters": parameters})
		denied == names with input as request
		warned == set() with input as request
	}
}

test_workloads_can_be_warned_of_or_left_alone if {
	every workloads, expected in {"warn": names, "off": set()} {
		request := object.union(review.create(template), {"parameters": {"workloads": workloads}})
		denied == set() with input as request
		warned == expected with input as request
	}
}

test_pods_are_denied_whatever_is_said_of_workloads if {
	every workloads in ["deny", "warn", "off"] {
		request := asked({}, {"workloads": workloads})
		denied == names with input as request
		warned == set() with input as request
	}
}

test_a_compliant_pod_violates_nothing_in_any_version if {
	context := {
		"allowPrivilegeEscalation": false,
		"runAsNonRoot": true,
		"seccompProfile": {"type": "RuntimeDefault"},
		"capabilities": {"drop": ["ALL"]},
	}
	every minor in minors {
		every level in ["baseline", "restricted"] {
			request := object.union(review.secured(context), {"parameters": {"version": $"v1.{minor}", "level": level}})
			denied == set() with input as request
		}
	}
}

test_by_labels_each_namespace_has_its_own if {
	every level, expected in {"privileged": set(), "baseline": object.keys(baseline) - {"host_probes"}} {
		labels := {"pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/enforce-version": "v1.33"}
		request := object.union(asked({}, {"label": "enforce"}), {"namespaceObject": {"metadata": {"labels": labels}}})
		denied == expected with input as request
	}
}
